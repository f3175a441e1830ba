import { lnIncompleteBeta } from '../baseline/incomplete-beta.ts'
import type { Span } from './span.ts'

/**
 * A team that is busy together: an outage, a release. What one member's window is above their own usual is an excess;
 * the team's level is the middle of the others', so that neither one insider nor any minority can raise it.
 */
export interface Excess {
  /** ln(observed ÷ usual by that time). */
  over: number
  /** What is usual of it, from window to window. */
  spread: number
}

export interface Burst {
  /** How many times the usual. */
  level: number
  /** Others who are known, and how many of them are above their usual. */
  members: number
  above: number
  /** How likely so many would be at once by chance. */
  p: number
}

export interface BurstLimits {
  /** So many of a team at least, the one who is judged among them. */
  members: number
  /** Less than this many times the usual is no burst. */
  level: number
}

/** Above one's usual at all, in one window of ten, in one of fifty. */
const THRESHOLDS = [
  { deviations: 0, chance: 0.5 },
  { deviations: 1.282, chance: 0.1 },
  { deviations: 2.054, chance: 0.02 },
] as const
const CHANCE = 0.005
/** Fewer of them have begun: who comes first is no measure of the others. */
const PRESENT = 0.4

/** ln P(X ≥ k) of a binomial. */
const lnAtLeast = (k: number, n: number, p: number): number =>
  k <= 0 ? 0 : lnIncompleteBeta(p, k, n - k + 1)

/**
 * What the others' windows say, of whom so many are `known`. The number of members beyond a threshold is binomial if each is busy for reasons of
 * their own; the least of three such tests counts, times three (higher criticism: Donoho & Jin 2004).
 */
export function burstOf(
  others: readonly Excess[],
  known: number,
  { members, level: least }: BurstLimits,
): Burst | undefined {
  const n = others.length
  if (n < Math.max(members - 1, known * PRESENT)) return undefined
  // Mostly nobody is busy: then there is no need to find the middle.
  const nearly = Math.log(least) - 1e-9
  let busy = 0
  for (const { over } of others) if (over > nearly) busy++
  if (busy < n - ((n - 1) >> 1)) return undefined
  const sorted = others.map(({ over }) => over).sort((a, b) => a - b)
  // The lower of the two in the middle.
  const level = Math.exp(sorted[(n - 1) >> 1]!)
  if (level < least) return undefined
  const beyond = (deviations: number) =>
    others.reduce((sum, { over, spread }) => sum + Number(over > deviations * spread), 0)
  const lnP = Math.min(
    ...THRESHOLDS.map(({ deviations, chance }) => lnAtLeast(beyond(deviations), n, chance)),
  )
  const p = Math.min(1, THRESHOLDS.length * Math.exp(lnP))
  return p > CHANCE ? undefined : { level, members: n, above: beyond(0), p }
}

const within = (value: number, most: number) => Math.max(0, Math.min(most, Math.round(value)))

/** A window and its excess, to a tenth, in one number: one is kept for every user and detector. */
export const packExcess = (window: number, { over, spread }: Excess): number =>
  window * 1e4 + within(over * 10 + 50, 99) * 100 + within(spread * 10, 99)

/** The excess, if it is of this window. */
export const unpackExcess = (packed: number, window: number): Excess | undefined =>
  Math.floor(packed / 1e4) === window
    ? { over: ((Math.floor(packed / 100) % 100) - 50) / 10, spread: (packed % 100) / 10 }
    : undefined

const HOUR = 3600e3
const DAY = 24 * HOUR

/** Windows of members in several time zones that are the same one for their team: by the date on their calendars. */
export const teamWindow = ({ scale, from }: Span): number =>
  scale === 'hour' ? Math.floor(from / HOUR) : Math.floor((from + 13 * HOUR) / DAY)

/** The date, in days since 1970, on the calendar of whoever this window is of. */
export const dateOf = (span: Span): number => teamWindow(dayOf(span))

/** The day that an hour belongs to, but for the hour of a clock change; other windows are themselves. */
export function dayOf(span: Span): Span {
  if (span.scale !== 'hour') return span
  const from = span.from - span.hour * HOUR
  return { ...span, scale: 'day', from, to: from + DAY }
}

/** `2.1 times the usual in the whole team: 11 of 14 others are above theirs`. */
export const inWords = ({ level, above, members }: Burst): string =>
  `${level.toFixed(1)} times the usual in the whole team: ${above} of ${members} others are above theirs`
