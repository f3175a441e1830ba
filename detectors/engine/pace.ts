import { z } from 'zod'
import type { Span } from './span.ts'

/**
 * How much of a window's work is usually done by a time: what was read by ten in the morning cannot be held against a
 * whole day. By the local hours in which everybody works; coarse, as only a team's middle is told from it.
 */
export interface Pace {
  /** Somebody did something, in this hour of their day. */
  see(hour: number): void
  /** Share of the window's work, above 0 and at most 1. */
  done(span: Span, at: number): number
  save(): readonly number[]
  load(saved: unknown): void
}

const HOUR = 3600e3
const DAY = 24 * HOUR
/** Working days of a week. */
const WORKDAYS = 5
/** Who has begun has done more than the clock says. */
const LEAST = 0.5
const MEMORY = 1e6
const paceState = z.array(z.number()).length(24)
/** Nine to five, as if two hundred events had said so. */
const PRIOR: readonly number[] = Array.from({ length: 24 }, (_, hour) => (hour >= 8 && hour < 18 ? 20 : 0))

export function createPace(): Pace {
  let hours = [...PRIOR]
  let total = hours.reduce((sum, n) => sum + n, 0)
  const ofDay = (elapsed: number): number => {
    let sum = 0
    const hour = Math.min(23, Math.floor(elapsed / HOUR))
    for (let h = 0; h < hour; h++) sum += hours[h]!
    return (sum + hours[hour]! * Math.min(1, elapsed / HOUR - hour)) / total
  }
  const share = ({ scale, from, to }: Span, at: number): number => {
    if (at >= to || scale === 'hour') return 1
    const elapsed = Math.max(0, at - from)
    if (scale === 'day') return ofDay(elapsed)
    const days = Math.floor(elapsed / DAY)
    return Math.min(1, (days + ofDay(elapsed - days * DAY)) / WORKDAYS)
  }
  return {
    see(hour) {
      hours[hour]!++
      if (++total < MEMORY) return
      hours = hours.map((n) => Math.round(n / 2))
      total = hours.reduce((sum, n) => sum + n, 0)
    },
    done: (span, at) => Math.max(LEAST, share(span, at)),
    save: () => [...hours],
    load(saved) {
      const parsed = paceState.safeParse(saved)
      if (!parsed.success) return
      hours = parsed.data
      total = hours.reduce((sum, n) => sum + n, 0)
    },
  }
}
