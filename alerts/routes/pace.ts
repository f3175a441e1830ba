import type { Clock } from '../../core/clock.ts'

/** Turns by key: `burst` at once, then one each `every` ms. */
export interface Pacer {
  /** Takes a turn, if there is one. */
  turn(key: string): boolean
}

/** Keys remembered; a forgotten one starts anew. */
const MOST = 10_000

export function createPacer({ burst, every, clock }: { burst: number; every: number; clock: Clock }): Pacer {
  const left = new Map<string, { turns: number; at: number }>()
  return {
    turn(key) {
      const now = clock.now()
      const last = left.get(key) ?? { turns: burst, at: now }
      const turns = Math.min(burst, last.turns + Math.max(0, now - last.at) / every)
      left.delete(key)
      left.set(key, { turns: turns >= 1 ? turns - 1 : turns, at: now })
      if (left.size > MOST) left.delete(left.keys().next().value ?? key)
      return turns >= 1
    },
  }
}
