import { type Clock, iso } from '../../core/clock.ts'
import type { EventAction, EventDraft } from '../../core/event.ts'

export type Emit = (draft: EventDraft) => Promise<void>

/** An admin act on somebody's credentials: `user` is who did it, `tracewarden.target` whom it is about. */
const TYPES: Partial<Record<EventAction, string>> = { 'token-create': 'creation', 'user-erase': 'deletion' }

export function identityEvent(
  clock: Clock,
  act: {
    action: Extract<EventAction, `token-${string}` | `user-${string}`>
    by: string
    /** Who sat at the machine, where `by` was only named. */
    actor?: string
    target: { user: string; credential?: string; expires?: string }
    reason?: string
    failed?: boolean
  },
): EventDraft {
  return {
    '@timestamp': iso(clock.now()),
    event: {
      kind: 'event',
      category: ['iam'],
      type: [TYPES[act.action] ?? 'change'],
      action: act.action,
      outcome: act.failed ? 'failure' : 'success',
      ...(act.reason === undefined ? {} : { reason: act.reason }),
    },
    user: { id: act.by },
    tracewarden: {
      session: { id: `identity:${act.target.credential ?? act.target.user}` },
      target: act.target,
      ...(act.actor === undefined ? {} : { person: { actor: act.actor } }),
    },
  }
}
