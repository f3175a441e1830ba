import { iso } from '../../core/clock.ts'

/** A user-day is a calendar day (UTC) between a user's first and last event, both included. */
export interface UserDays {
  see(user: string | undefined, at: number): void
  readonly users: number
  /** ms of the newest event. */
  readonly newest: number
  count(): number
  from(): string | null
  to(): string | null
}

const DAY = 86400e3
const YEAR = 366 * DAY

export function createUserDays(): UserDays {
  const spans = new Map<string, { first: number; last: number }>()
  let oldest = Infinity
  let newest = -Infinity
  return {
    see(user, at) {
      // A clock years behind says nothing about the days of its user.
      if (at < newest - YEAR) return
      oldest = Math.min(oldest, at)
      newest = Math.max(newest, at)
      if (user === undefined) return
      const span = spans.get(user)
      if (!span) spans.set(user, { first: at, last: at })
      else if (at < span.first) span.first = at
      else if (at > span.last) span.last = at
    },
    get users() {
      return spans.size
    },
    get newest() {
      return newest
    },
    count() {
      let days = 0
      for (const { first, last } of spans.values())
        days += Math.floor(last / DAY) - Math.floor(first / DAY) + 1
      return days
    },
    from: () => (oldest === Infinity ? null : iso(oldest)),
    to: () => (newest === -Infinity ? null : iso(newest)),
  }
}
