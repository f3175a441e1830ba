/** How many user-days a week has, from the days seen lately: what a budget per week is divided by. */
export interface Turnout {
  /** A user's day has begun. `from`: ms. `stands`: for how many users this one is counted. */
  add(from: number, stands: number): void
  perWeek(): number
  save(): [day: number, users: number][]
  load(days: readonly (readonly [number, number])[]): void
}

const DAY = 86400e3
const KEPT = 14

export function createTurnout(): Turnout {
  const days = new Map<number, number>()
  let cached: number | undefined
  return {
    add(from, stands) {
      const day = Math.round(from / DAY)
      days.set(day, (days.get(day) ?? 0) + stands)
      cached = undefined
      if (days.size > KEPT) days.delete(Math.min(...days.keys()))
    },
    perWeek() {
      if (cached === undefined) {
        const all = [...days.values()]
        // The busiest seven of the last fourteen: neither a holiday nor a half-seen week loosens the thresholds.
        cached = all
          .sort((a, b) => b - a)
          .slice(0, 7)
          .reduce((sum, users) => sum + users, 0)
      }
      return cached
    },
    save: () => [...days],
    load(saved) {
      for (const [day, users] of saved) days.set(day, users)
      cached = undefined
    },
  }
}
