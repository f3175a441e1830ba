import type { WindowUse } from '../policy.ts'

/** What one person was shown lately. All times are bucket ends in ms. */
export interface PersonWindow {
  /** `cutoff`: what is not after it is forgotten. */
  use(hashes: readonly number[], weight: number, cutoff: number): WindowUse
  /** Counts them at `at`; returns undo. */
  add(hashes: readonly number[], weight: number, at: number): () => void
  /** Drops what is not after `cutoff`; returns what remains. */
  forget(cutoff: number): number
}

interface Seen {
  at: number
  /** 1, or more for a trace so large that it counts as many. */
  weight: number
  /** Reservations that stand on it; undone to 0, it was never shown. */
  holds: number
}

/**
 * Ids are remembered, oldest first, so that reading one again costs nothing. What has no id, or comes beyond
 * `remembered`, is only counted, by bucket: it costs each time.
 */
export function createWindow(remembered: number): PersonWindow {
  const seen = new Map<number, Seen>()
  const counted = new Map<number, number>()
  let total = 0

  const forget = (cutoff: number) => {
    for (const [hash, { at, weight }] of seen) {
      if (at > cutoff) break
      seen.delete(hash)
      total -= weight
    }
    for (const [at, weight] of counted) {
      if (at > cutoff) break
      counted.delete(at)
      total -= weight
    }
    return total
  }

  const count = (weight: number, at: number) => {
    counted.set(at, (counted.get(at) ?? 0) + weight)
    total += weight
    return () => {
      const there = counted.get(at)
      if (there === undefined) return
      counted.set(at, there - weight)
      total -= weight
    }
  }

  const remember = (hash: number, weight: number, at: number) => {
    const known = seen.get(hash)
    if (!known && seen.size >= remembered) return count(weight, at)
    const entry: Seen = {
      at: Math.max(at, known?.at ?? 0),
      weight: Math.max(weight, known?.weight ?? 0),
      holds: (known?.holds ?? 0) + 1,
    }
    total += entry.weight - (known?.weight ?? 0)
    if (known) Object.assign(known, entry)
    const kept = known ?? entry
    seen.delete(hash)
    seen.set(hash, kept)
    return () => {
      if (seen.get(hash) !== kept || --kept.holds > 0) return
      seen.delete(hash)
      total -= kept.weight
    }
  }

  return {
    forget,
    use(hashes, weight, cutoff) {
      forget(cutoff)
      if (hashes.length === 1 && weight > 0)
        return {
          traces: total,
          fresh: Math.max(0, Math.max(1, weight) - (seen.get(hashes[0]!)?.weight ?? 0)),
        }
      let fresh = 0
      for (const [hash, w] of weigh(hashes, weight))
        fresh += hash === undefined ? w : Math.max(0, w - (seen.get(hash)?.weight ?? 0))
      return { traces: total, fresh }
    },
    add(hashes, weight, at) {
      const undos = weigh(hashes, weight).map(([hash, w]) =>
        hash === undefined ? count(w, at) : remember(hash, w, at),
      )
      let undone = false
      return () => {
        if (!undone) for (const undo of undos) undo()
        undone = true
      }
    },
  }
}

/**
 * Each id counts one; what the weight is more than that goes to the smallest hash, so that the same response weighs
 * the same when it is read again, in whatever order.
 */
function weigh(hashes: readonly number[], weight: number): [number | undefined, number][] {
  if (weight <= 0) return []
  const ids = [...new Set(hashes)].sort((a, b) => a - b)
  const excess = Math.max(0, weight - ids.length)
  if (ids.length === 0) return [[undefined, excess]]
  return ids.map((hash, i) => [hash, i === 0 ? 1 + excess : 1])
}
