import { type Clock, iso } from '../../../core/clock.ts'
import type { EventDraft } from '../../../core/event.ts'
import type { Identity } from '../../identity/person.ts'
import type { Change } from './diff.ts'

export type Via = 'file' | 'console' | 'api'

/** Longer diffs are cut in the event; the hashes say that there was more. */
const MOST_CHANGES = 200

export interface PolicyChange {
  version: number
  /** Absent for the first policy ever. */
  from?: string
  to: string
  via: Via
  by?: Identity
  /** Admins who signed the file. */
  signers?: readonly string[]
  changes: readonly Change[]
}

export function changeEvent(clock: Clock, change: PolicyChange): EventDraft {
  const { version, from, to, via, by, signers, changes } = change
  const authors = by?.person.user ?? (signers?.length ? signers.join(' and ') : via)
  return {
    ...head(clock, by),
    event: {
      kind: 'event',
      category: ['configuration'],
      type: [from === undefined ? 'creation' : 'change'],
      action: 'policy-change',
      outcome: 'success',
      reason: `policy version ${version} by ${authors}: ${changes.length} change(s)`,
    },
    tracewarden: {
      session: { id: `policy:${version}` },
      policy: to,
      change: {
        version,
        ...(from === undefined ? {} : { from }),
        to,
        via,
        ...(signers?.length ? { signers: [...signers] } : {}),
        diff: changes.slice(0, MOST_CHANGES),
      },
    },
  }
}

/** Somebody without the role tried, or a file came from the wrong hand. */
export function tamperEvent(
  clock: Clock,
  by: Identity | { owner: string },
  via: Via,
  policy: string,
  reason: string,
): EventDraft {
  return {
    ...('owner' in by
      ? { '@timestamp': iso(clock.now()), user: { id: `system:${by.owner}` } }
      : head(clock, by)),
    event: {
      kind: 'event',
      category: ['configuration'],
      type: ['denied'],
      action: 'policy-tamper',
      outcome: 'failure',
      reason,
    },
    tracewarden: {
      session: { id: `policy:${'owner' in by ? by.owner : by.credential.id}` },
      verdict: 'block',
      policy,
      change: { via },
    },
  }
}

const head = (clock: Clock, by: Identity | undefined) => ({
  '@timestamp': iso(clock.now()),
  ...(by && { user: { id: by.person.user, roles: [...by.person.roles] } }),
})
