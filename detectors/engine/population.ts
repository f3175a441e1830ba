/**
 * Peers. A detector tells a baseline as a vector of sums; a group's is the sum of its members', and everyone's the sum
 * of all. Nothing else is stored: after a restart the groups follow from the users. A user is never compared with a
 * group that counts that user: their own vector is taken out.
 */
export interface Population {
  /** Replaces a member's contribution. */
  move(group: string, before: readonly number[], after: readonly number[]): void
  peers(group: string, own: readonly number[]): Float64Array
  everyone(own: readonly number[]): Float64Array
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
  const without = (vector: Float64Array, own: readonly number[]) => {
    const rest = Float64Array.from(vector)
    for (let i = 0; i < width; i++) rest[i] = rest[i]! - (own[i] ?? 0)
    return rest
  }
  return {
    move(group, before, after) {
      const vector = of(group)
      for (let i = 0; i < width; i++) {
        const change = (after[i] ?? 0) - (before[i] ?? 0)
        vector[i] = vector[i]! + change
        all[i] = all[i]! + change
      }
    },
    peers: (group, own) => without(of(group), own),
    everyone: (own) => without(all, own),
  }
}
