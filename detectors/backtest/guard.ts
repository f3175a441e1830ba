import type { SessionEvent } from '../../core/event.ts'

/**
 * Past events have no wall clock beside them, so an event from the future shows only by what follows: if the others
 * go on where they were, it is set aside; if they follow it, there was a gap. Deterministic, and holds few events.
 */
export interface Guard {
  /** Takes an event of this time, ms; gives those that may go on, in the order they came. */
  take(event: SessionEvent, at: number): void
  /** Gives what was held at the end, or drops it. */
  end(): void
  /** Events set aside so far. */
  readonly future: number
}

/** A long week-end is no gap. */
const JUMP = 4 * 86400e3
const ENOUGH = 16
/** At the end of a file nothing follows: a last event further ahead than this is not believed. */
const YEAR = 366 * 86400e3

interface Held {
  event: SessionEvent
  at: number
}

export function createGuard(skew: number, give: (event: SessionEvent, at: number) => void): Guard {
  let newest: number | undefined
  let held: Held[] = []
  let passed = 0
  let future = 0

  /** Lets go what is held up to `until`, in the order it came. */
  const release = (until: number): Held[] => {
    const ready = held.filter(({ at }) => at <= until)
    held = held.filter(({ at }) => at > until)
    // A clock that was never set comes late, even if it comes first.
    ready.sort((a, b) => Number(a.at < until - YEAR) - Number(b.at < until - YEAR))
    for (const { at } of ready) newest = Math.max(newest ?? at, at)
    if (ready.length) passed = 0
    return ready
  }
  const giveAll = (ready: readonly Held[]) => {
    for (const { event, at } of ready) give(event, at)
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
    take(event, at) {
      const { ingested } = event.event
      if (ingested !== undefined && at > Date.parse(ingested) + skew) {
        future++
        return
      }
      if (newest === undefined || at > newest + JUMP) {
        held.push({ event, at })
        if (held.length < ENOUGH) return
        // Enough agree: time did move on. What lies beyond even them goes on being held.
        return giveAll(release(clusterEnd(held, newest === undefined ? held.length >> 1 : 0)))
      }
      newest = Math.max(newest, at)
      if (held.length) {
        giveAll(release(newest + JUMP))
        if (++passed >= ENOUGH) drop()
      }
      give(event, at)
    },
    end() {
      if (passed > 0) drop()
      if (!held.length) return
      const ready = release(newest === undefined ? clusterEnd(held, held.length >> 1) : newest + YEAR)
      drop()
      giveAll(ready)
    },
  }
}

/** The end of the run of events, no further apart than a jump, that holds the n-th in time. */
function clusterEnd(events: readonly Held[], n: number): number {
  const times = events.map(({ at }) => at).sort((a, b) => a - b)
  let end = times[n] ?? -Infinity
  for (const time of times) if (time > end && time <= end + JUMP) end = time
  return end
}
