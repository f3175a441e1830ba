import type { WindowUse } from '../policy.ts'

/** What one person was shown lately. All times are bucket ends in ms; ids come as `Keys`. */
export interface PersonWindow {
  /** `cutoff`: what is not after it is forgotten. */
  use(keys: Keys, weight: number, cutoff: number): WindowUse
  /** Counts them at `at`; returns undo. */
  add(keys: Keys, weight: number, at: number): () => void
  /** Drops what is not after `cutoff`; returns what remains. */
  forget(cutoff: number): number
}

/**
 * Distinct hashes of ids, the smallest first. Each counts one; what the weight is more than that goes to the first, so
 * that the same response weighs the same when it is read again, in whatever order.
 */
export type Keys = readonly number[]

export function keysOf(hashes: readonly number[]): Keys {
  const keys = hashes.length < 2 ? [...hashes] : [...new Set(hashes)]
  let least = 0
  for (let i = 1; i < keys.length; i++) if (keys[i]! < keys[least]!) least = i
  if (least > 0) [keys[0], keys[least]] = [keys[least]!, keys[0]!]
  return keys
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

  /** @returns what stands for it; undefined where no more is remembered, and it was only counted. */
  const remember = (key: number, weight: number, at: number): Seen | undefined => {
    const known = seen.get(key)
    if (!known) {
      if (seen.size >= remembered) return undefined
      const entry: Seen = { at, weight, holds: 1 }
      seen.set(key, entry)
      total += weight
      return entry
    }
    known.holds++
    if (weight > known.weight) {
      total += weight - known.weight
      known.weight = weight
    }
    if (at > known.at) {
      known.at = at
      seen.delete(key)
      seen.set(key, known)
    }
    return known
  }

  return {
    forget,
    use(keys, weight, cutoff) {
      forget(cutoff)
      if (weight <= 0 || keys.length === 0) return { traces: total, fresh: Math.max(0, weight) }
      let fresh = 0
      let due = 1 + Math.max(0, weight - keys.length)
      for (const key of keys) {
        const known = seen.get(key)
        if (!known) fresh += due
        else if (due > known.weight) fresh += due - known.weight
        due = 1
      }
      return { traces: total, fresh }
    },
    add(keys, weight, at) {
      if (weight <= 0) return () => undefined
      const entries: (Seen | undefined)[] = []
      let unnamed = keys.length === 0 ? weight : 0
      let due = 1 + Math.max(0, weight - keys.length)
      for (const key of keys) {
        const entry = remember(key, due, at)
        if (!entry) unnamed += due
        entries.push(entry)
        due = 1
      }
      const uncount = unnamed > 0 ? count(unnamed, at) : undefined
      let undone = false
      return () => {
        if (undone) return
        undone = true
        uncount?.()
        for (let i = 0; i < entries.length; i++) {
          const entry = entries[i]
          const key = keys[i]!
          if (!entry || seen.get(key) !== entry || --entry.holds > 0) continue
          seen.delete(key)
          total -= entry.weight
        }
      }
    },
  }
}
