import type { SessionEvent } from '../../core/event.ts'

/** Who decided an approval, where it is not whose event it is: their habits as a reviewer are judged too. */
export function reviewerOf({ event, tracewarden }: SessionEvent): string | undefined {
  const decides = event.action === 'approval-grant' || event.action === 'approval-deny'
  return decides ? tracewarden.approval?.reviewer : undefined
}

/** Whose event it is. A refusal or grant belongs to whoever asked, not to the reviewer who decided. */
export interface Owners {
  of(event: SessionEvent): string | undefined
}

const DECISIONS: ReadonlySet<string> = new Set([
  'approval-grant',
  'approval-deny',
  'approval-expire',
  'approval-revoke',
])
const KEPT = 20_000

export function createOwners(): Owners {
  const askers = new Map<string, string>()
  return {
    of(event) {
      const user = event.user?.id
      const approval = event.tracewarden.approval?.id
      if (approval === undefined) return user
      if (event.event.action === 'approval-request' && user !== undefined) {
        askers.set(approval, user)
        const oldest = askers.keys().next()
        if (askers.size > KEPT && !oldest.done) askers.delete(oldest.value)
      }
      if (!DECISIONS.has(event.event.action)) return user
      const asker = askers.get(approval) ?? event.tracewarden.approval?.requester
      if (asker !== undefined) return asker
      return user === event.tracewarden.approval?.reviewer ? undefined : user
    },
  }
}
