import type { Spool } from '../../collector/port.ts'
import { type Clock, iso } from '../../core/clock.ts'
import type { EventDraft } from '../../core/event.ts'
import type { Logger } from '../../core/log.ts'

/**
 * Failures without an identity, under a quota of their own: the first of each minute are events, what goes beyond is
 * counted and told in one event when the minute is over, so that a flood cannot fill the spool.
 */
export interface Unauthenticated {
  note(failure: Failure): void
  /** Writes the count of a minute that is over. */
  sweep(): void
}

export interface Failure {
  /** An error code; never anything the client sent. */
  reason: string
  source: string
  bypass: readonly string[]
  /** Of a sign-in on a page: how it was tried. */
  login?: { method: string; provider?: string }
}

const MINUTE = 60_000
const SESSION = 'unauthenticated'

export function createUnauthenticated(deps: {
  connection: string
  protocol: 'http' | 'postgres' | 's3'
  spool: Pick<Spool, 'append'>
  clock: Clock
  log: Logger
  /** Most events a minute, from the config in force. */
  quota: () => number
}): Unauthenticated {
  let minute = 0
  let written = 0
  let beyond = 0

  const append = (draft: EventDraft) => {
    deps.spool.append([draft]).catch((error: unknown) => {
      deps.log.error({ err: error }, 'an authentication failure could not be recorded')
    })
  }

  function sweep() {
    const now = deps.clock.now()
    const current = Math.floor(now / MINUTE)
    if (current === minute) return
    if (beyond > 0)
      append(draftOf({ reason: 'TW_HTTP_UNAUTHENTICATED', source: '', bypass: [] }, now, beyond))
    minute = current
    written = 0
    beyond = 0
  }

  function draftOf(failure: Failure, now: number, aggregated?: number): EventDraft {
    return {
      '@timestamp': iso(now),
      event: {
        kind: 'event',
        category: ['authentication'],
        type: ['denied'],
        action: 'auth-failure',
        outcome: 'failure',
        reason: failure.reason,
      },
      ...(failure.source === '' ? {} : { source: { ip: failure.source } }),
      tracewarden: {
        session: { id: SESSION },
        connection: { name: deps.connection, protocol: deps.protocol },
        ...(failure.bypass.length ? { bypass: [...failure.bypass] } : {}),
        ...(failure.login ? { login: failure.login } : {}),
        ...(aggregated === undefined ? {} : { aggregated }),
      },
    }
  }

  return {
    note(failure) {
      sweep()
      // One of the quota is kept for the count.
      if (written < deps.quota() - 1) {
        written++
        append(draftOf(failure, deps.clock.now()))
      } else beyond++
    },
    sweep,
  }
}
