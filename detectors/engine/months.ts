import { z } from 'zod'
import { short } from '../baseline/round.ts'

/**
 * The rhythm of months: how many times the usual a group does on the last three and the first two working days. It is
 * learned of peers (kind, team and role), shrunk to the role in any team, and that to everyone: a month's end comes too
 * seldom for one person to teach it.
 */
export interface Months {
  /** Whether this detector is the one that teaches it: the first that asks. */
  led(detector: string): boolean
  /** What is expected on this day: at least 1; 1 where nothing is known, or too little to matter. */
  factor(group: string, date: number): number
  /** A member's complete day was so many times the usual of ordinary days. */
  learn(group: string, date: number, ratio: number): void
  save(): unknown
  load(saved: unknown): void
}

const DAY = 86400e3
const LAST = 3
const FIRST = 2
/** One day cannot teach more than this. */
const MOST = 4
/** Less is no rhythm: recall is worth more than a fitting expectation. */
const LEAST = 1.3
/** Days that the larger group is worth. */
const WEIGHTS = { all: 50, role: 20, group: 10 }
/** Of a month's weight, kept in the next. */
const KEEP = 0.85
const ENTRIES = 2000

const entry = z.tuple([z.string(), z.number(), z.number(), z.number()])
const saved = z.array(entry)
/** Faded sum of ratios and number of days, and the month that it stands for. */
type Entry = [sum: number, days: number, month: number]

const weekdayOf = (date: number) => ((date + 3) % 7) + 1
const monthOf = (date: number) => {
  const at = new Date(date * DAY)
  return at.getUTCFullYear() * 12 + at.getUTCMonth()
}

/** Which working day of its month: −3 to −1 from the end, 1 and 2 from the beginning, undefined between them. */
export function monthDay(date: number): number | undefined {
  if (weekdayOf(date) > 5) return undefined
  const month = monthOf(date)
  const count = (step: 1 | -1, most: number) => {
    let days = 0
    for (let other = date; monthOf(other) === month && days <= most; other += step)
      if (weekdayOf(other) <= 5) days++
    return days
  }
  const left = count(1, LAST)
  if (left <= LAST) return -left
  const done = count(-1, FIRST)
  return done <= FIRST ? done : undefined
}

const keysOf = (group: string, day: number) => {
  const [kind, , role] = group.split(':')
  return { all: `${day}`, role: `${day} ${kind}::${role}`, group: `${day} ${group}` }
}

export function createMonths(): Months {
  let entries = new Map<string, Entry>()
  let leader: string | undefined
  const days = new Map<number, number | undefined>()
  const dayOf = (date: number) => {
    if (!days.has(date)) {
      if (days.size > 400) days.clear()
      days.set(date, monthDay(date))
    }
    return days.get(date)
  }
  const shrunk = (key: string, prior: number, weight: number) => {
    const [sum, n] = entries.get(key) ?? [0, 0, 0]
    return (sum + weight * prior) / (n + weight)
  }
  return {
    led(detector) {
      leader ??= detector
      return leader === detector
    },
    factor(group, date) {
      const day = dayOf(date)
      if (day === undefined || entries.size === 0) return 1
      const keys = keysOf(group, day)
      const all = shrunk(keys.all, 1, WEIGHTS.all)
      const value = shrunk(keys.group, shrunk(keys.role, all, WEIGHTS.role), WEIGHTS.group)
      return value < LEAST ? 1 : Math.min(MOST, Math.round(value * 100) / 100)
    },
    learn(group, date, ratio) {
      const day = dayOf(date)
      if (day === undefined) return
      const month = monthOf(date)
      for (const key of Object.values(keysOf(group, day))) {
        const [sum, n, then] = entries.get(key) ?? [0, 0, month]
        const keep = KEEP ** Math.max(0, month - then)
        entries.set(key, [
          short(sum * keep + Math.min(MOST, ratio)),
          short(n * keep + 1),
          Math.max(then, month),
        ])
      }
      if (entries.size <= ENTRIES) return
      const kept = [...entries].sort((a, b) => b[1][1] - a[1][1] || (a[0] < b[0] ? -1 : 1))
      entries = new Map(kept.slice(0, ENTRIES * 0.9))
    },
    save: () => [...entries].map(([key, numbers]) => [key, ...numbers]),
    load(kept) {
      const parsed = saved.safeParse(kept)
      if (parsed.success) entries = new Map(parsed.data.map(([key, ...numbers]) => [key, numbers]))
    },
  }
}
