import type { SessionEvent } from '../../core/event.ts'

/**
 * Past events have no wall clock beside them, so an event from the future shows only by what follows: if the others
 * go on where they were, it is set aside; if they follow it, there was a gap. Deterministic, and holds few events.
 */
export interface Guard {
  /** Events that may go on, in the order they came. */
  take(event: SessionEvent): readonly SessionEvent[]
  /** What was held at the end. */
  end(): readonly SessionEvent[]
  /** Events set aside so far. */
  readonly future: number
}

const JUMP = 2 * 86400e3
const ENOUGH = 16

const timeOf = (event: SessionEvent) => Date.parse(event['@timestamp'])

export function createGuard(skew: number): Guard {
  let newest: number | undefined
  let held: SessionEvent[] = []
  let passed = 0
  let future = 0

  const release = (until: number) => {
    const ready = held.filter((event) => timeOf(event) <= until)
    held = held.filter((event) => timeOf(event) > until)
    for (const event of ready) newest = Math.max(newest ?? -Infinity, timeOf(event))
    return ready
  }
  const drop = () => {
    future += held.length
    held = []
    passed = 0
  }

  return {
    get future() {
      return future
    },
    take(event) {
      const at = timeOf(event)
      const { ingested } = event.event
      if (ingested !== undefined && at > Date.parse(ingested) + skew) {
        future++
        return []
      }
      if (newest !== undefined && at <= newest + JUMP) {
        newest = Math.max(newest, at)
        if (held.length && ++passed >= ENOUGH) drop()
        return [event]
      }
      held.push(event)
      if (held.length < ENOUGH) return []
      // Enough agree: time did move on. What lies beyond even them goes on being held.
      const times = held.map(timeOf).sort((a, b) => a - b)
      const base = newest === undefined ? times[ENOUGH >> 1]! : times[0]!
      passed = 0
      return release(base + JUMP)
    },
    end() {
      if (passed > 0) drop()
      const times = held.map(timeOf).sort((a, b) => a - b)
      const ready = release((times[times.length >> 1] ?? 0) + JUMP)
      drop()
      return ready
    },
  }
}
