/**
 * Peers. A detector tells a baseline as a vector of sums; a group's is the sum of its members', and everyone's the sum
 * of all. Nothing else is stored: after a restart the groups follow from the users. A user is never compared with a
 * group that counts that user: their own vector is taken out.
 */
export interface Population {
  /** Replaces a member's contribution. */
  move(group: string, before: Vector, after: Vector): void
  peers(group: string, own: Vector): Sums
  everyone(own: Vector): Sums
}

export type Vector = ArrayLike<number>

/** Sums over others. */
export interface Sums {
  /** The i-th sum; never negative where the members' are not, but for rounding. */
  at(i: number): number
}

class Others implements Sums {
  readonly #all: Float64Array
  readonly #own: Vector

  constructor(all: Float64Array, own: Vector) {
    this.#all = all
    this.#own = own
  }

  at(i: number): number {
    return Math.max(0, this.#all[i]! - (this.#own[i] ?? 0))
  }
}

export function createPopulation(width: number): Population {
  const groups = new Map<string, Float64Array>()
  const all = new Float64Array(width)
  const of = (group: string) => {
    let vector = groups.get(group)
    if (!vector) {
      vector = new Float64Array(width)
      groups.set(group, vector)
    }
    return vector
  }
  return {
    move(group, before, after) {
      const vector = of(group)
      for (let i = 0; i < width; i++) {
        const change = (after[i] ?? 0) - (before[i] ?? 0)
        if (change === 0) continue
        vector[i]! += change
        all[i]! += change
      }
    },
    peers: (group, own) => new Others(of(group), own),
    everyone: (own) => new Others(all, own),
  }
}
