import type { Spool } from '../../collector/port.ts'
import { type Clock, iso } from '../../core/clock.ts'
import type { EventDraft } from '../../core/event.ts'
import type { Logger } from '../../core/log.ts'
import type { Touched } from '../decoys/decoy.ts'
import { reasonOf } from './inquiry/canary.ts'

/**
 * Failures without an identity, under a quota of their own: the first of each minute are events, what goes beyond is
 * counted and told in one event when the minute is over, so that a flood cannot fill the spool.
 */
export interface Unauthenticated {
  note(failure: Failure): void
  /** A credential that is presented, whoever presents it: a decoy's is told, and refused like any that is not good. */
  presented(credential: string, source: string): void
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
  protocol: 'http' | 'postgres' | 's3' | 'mcp'
  spool: Pick<Spool, 'append'>
  clock: Clock
  log: Logger
  /** Most events a minute, from the config in force. */
  quota: () => number
  /** The decoy whose bait this is. */
  decoy?: (credential: string) => Touched | undefined
}): Unauthenticated {
  let minute = 0
  let written = 0
  let beyond = 0
  let told = 0

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
    told = 0
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

  const canaryOf = (canary: Touched, source: string): EventDraft => ({
    '@timestamp': iso(deps.clock.now()),
    event: {
      kind: 'event',
      category: ['authentication'],
      type: ['denied'],
      action: 'canary-read',
      outcome: 'failure',
      reason: reasonOf(canary),
    },
    ...(source === '' ? {} : { source: { ip: source } }),
    user: { id: NOBODY },
    tracewarden: {
      session: { id: SESSION },
      connection: { name: deps.connection, protocol: deps.protocol },
      canary: { ...canary },
    },
  })

  return {
    note(failure) {
      sweep()
      // One of the quota is kept for the count.
      if (written < deps.quota() - 1) {
        written++
        append(draftOf(failure, deps.clock.now()))
      } else beyond++
    },
    presented(credential, source) {
      const canary = deps.decoy?.(credential)
      if (!canary) return
      sweep()
      if (told++ < deps.quota()) append(canaryOf(canary, source))
    },
    sweep,
  }
}

/** Whom events name who presents a decoy's credential: nobody knows who it is. */
const NOBODY = '(unauthenticated)'
