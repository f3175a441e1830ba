import type { SessionEvent } from '../../core/event.ts'
import type { Cursor } from './store.ts'

/** How long a reader waits for a missing sequence before it goes on without it, in ms. */
export const GAP_PATIENCE = 60_000

/**
 * A reader never passes a gap that may still be filled: a bulk request can be taken in part, and a store may show a
 * later event before an earlier one. Takes events by chain and sequence, cuts each chain before its first young gap.
 * A gap whose far side was ingested more than GAP_PATIENCE ago (or not by a shipper) is passed; `verify` names it.
 */
export function forward(
  events: readonly SessionEvent[],
  cursor: Cursor,
  now: number,
): { events: SessionEvent[]; cursor: Cursor } {
  const next: Record<string, number> = { ...cursor }
  const stopped = new Set<string>()
  const taken = events.filter((event) => {
    const chain = event.tracewarden.chain?.id ?? ''
    if (stopped.has(chain)) return false
    const last = next[chain] ?? 0
    const sequence = event.event.sequence ?? last
    const { ingested } = event.event
    // Either way of now: a time far in the future would hold readers up for ever.
    const young = ingested !== undefined && Math.abs(now - Date.parse(ingested)) < GAP_PATIENCE
    if (sequence > last + 1 && young) {
      stopped.add(chain)
      return false
    }
    next[chain] = sequence
    return true
  })
  return { events: taken, cursor: next }
}
