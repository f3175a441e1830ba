import type { Clock } from '../../core/clock.ts'

const LONGEST = 3_600_000

/** Retry-After (seconds or an HTTP date) in ms, at most an hour; undefined where it is absent or nonsense. */
export function retryAfterOf(value: string | string[] | undefined, clock: Clock): number | undefined {
  const text = Array.isArray(value) ? value[0] : value
  if (text === undefined) return undefined
  const ms = /^\d+$/.test(text.trim()) ? Number(text) * 1000 : Date.parse(text) - clock.now()
  return Number.isNaN(ms) ? undefined : Math.max(0, Math.min(LONGEST, ms))
}
