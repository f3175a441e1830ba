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

/** A long week-end is no gap. */
const JUMP = 4 * 86400e3
const ENOUGH = 16
/** At the end of a file nothing follows: a last event further ahead than this is not believed. */
const YEAR = 366 * 86400e3

const timeOf = (event: SessionEvent) => Date.parse(event['@timestamp'])

export function createGuard(skew: number): Guard {
  let newest: number | undefined
  let held: SessionEvent[] = []
  let passed = 0
  let future = 0

  /** Lets go what is held up to `until`, in the order it came. */
  const release = (until: number): SessionEvent[] => {
    const ready = held.filter((event) => timeOf(event) <= until)
    held = held.filter((event) => timeOf(event) > until)
    for (const event of ready) newest = Math.max(newest ?? timeOf(event), timeOf(event))
    if (ready.length) passed = 0
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
      if (newest === undefined || at > newest + JUMP) {
        held.push(event)
        if (held.length < ENOUGH) return []
        // Enough agree: time did move on. What lies beyond even them goes on being held.
        return release(clusterEnd(held, newest === undefined ? held.length >> 1 : 0))
      }
      newest = Math.max(newest, at)
      if (!held.length) return [event]
      const ready = release(newest + JUMP)
      if (++passed >= ENOUGH) drop()
      return [...ready, event]
    },
    end() {
      if (passed > 0) drop()
      if (!held.length) return []
      const ready = release(newest === undefined ? clusterEnd(held, held.length >> 1) : newest + YEAR)
      drop()
      return ready
    },
  }
}

/** The end of the run of events, no further apart than a jump, that holds the n-th in time. */
function clusterEnd(events: readonly SessionEvent[], n: number): number {
  const times = events.map(timeOf).sort((a, b) => a - b)
  let end = times[n] ?? -Infinity
  for (const time of times) if (time > end && time <= end + JUMP) end = time
  return end
}
