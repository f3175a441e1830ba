import { z } from 'zod'
import type { Finding, Severity } from '../finding.ts'

/**
 * Risk of a user: points that findings gave, each fading by half in a half-life.
 *
 *   contribution   one finding: which detector, points × worth of what was touched, when, in words
 *   cleared        it no longer counts: the risk was reset, or a verdict said that there was nothing
 *   risk           0 (nothing known) to 100
 */
const contribution = z.object({
  /** The finding's id, and so the alert's. */
  id: z.string(),
  detector: z.string(),
  /** With the worth of the collections. */
  points: z.number(),
  /** Worth of the most valuable collection that was touched. */
  weight: z.number().default(1),
  /** ms */
  at: z.number(),
  summary: z.string(),
  /** ms, and why. */
  cleared: z.object({ at: z.number(), by: z.string(), reason: z.string() }).optional(),
})
export type Contribution = z.infer<typeof contribution>

export const riskBook = z.object({
  /** ms. */
  half_life: z
    .number()
    .positive()
    .default(14 * 86400e3),
  users: z.record(z.string(), z.array(contribution)),
})
export type RiskBook = z.infer<typeof riskBook>

export interface RiskRules {
  half_life: number
  points: Readonly<Record<Severity, number>>
}

export const emptyBook = (): RiskBook => ({ half_life: 14 * 86400e3, users: {} })

const MOST = 100
const USERS = 1000
const EACH = 24
/** A trend looks back this far; what was cleared before it is forgotten. */
const TREND_DAYS = 30
const DAY = 86400e3

const standing = ({ at, cleared }: Contribution, now: number) => at <= now && !(cleared && cleared.at <= now)

/** Points that are left of a contribution. */
export const worth = (one: Contribution, now: number, halfLife: number): number =>
  standing(one, now) ? one.points * 2 ** (-(now - one.at) / halfLife) : 0

/** 0–100. */
export const riskAt = (all: readonly Contribution[], now: number, halfLife: number): number =>
  Math.min(
    MOST,
    all.reduce((sum, one) => sum + worth(one, now, halfLife), 0),
  )

/** A line each, the weightiest first: `12.4 points: volume-spike, 3 Feb: 423 traces …`. */
export const explainRisk = (all: readonly Contribution[], now: number, halfLife: number): string[] =>
  all
    .filter((one) => standing(one, now))
    .toSorted((a, b) => worth(b, now, halfLife) - worth(a, now, halfLife))
    .map(
      (one) =>
        `${worth(one, now, halfLife).toFixed(1)} points: ${one.detector}, ${new Date(one.at).toISOString()}: ${one.summary}`,
    )

/** Risk at the end of each of the last days, today's as it stands. */
export function riskTrend(all: readonly Contribution[], now: number, halfLife: number) {
  const today = Math.floor(now / DAY) * DAY
  return Array.from({ length: TREND_DAYS }, (_, i) => {
    const day = today - (TREND_DAYS - 1 - i) * DAY
    return {
      day: new Date(day).toISOString().slice(0, 10),
      risk: riskAt(all, Math.min(now, day + DAY), halfLife),
    }
  })
}

/** Takes a finding, or its next revision, into the book; the least of a user, and the least user, go first. */
export function addFinding(
  book: RiskBook,
  finding: Finding,
  rules: RiskRules,
  weight: number,
  now: number,
): void {
  const user = finding.user?.id
  if (user === undefined) return
  const { id, detector, summary, severity } = finding
  const mine = book.users[user] ?? []
  const known = mine.find((one) => one.id === id)
  const points = Math.round(Math.min(MOST, rules.points[severity] * weight) * 10) / 10
  const at = Math.min(now, Date.parse(finding['@timestamp']))
  // What a person settled stays settled, unless it became graver than what they saw.
  const cleared = finding.burst
    ? { cleared: { at: now, by: 'detectors', reason: 'the whole team was busy' } }
    : known?.cleared && points <= known.points
      ? { cleared: known.cleared }
      : {}
  const entry = { id, detector, points, weight, at, summary: summary.slice(0, 200), ...cleared }
  const kept = [...mine.filter((one) => one.id !== id), entry].filter(
    (one) => !one.cleared || now - one.cleared.at < TREND_DAYS * DAY,
  )
  book.users[user] = kept
    .toSorted((a, b) => worth(b, now, rules.half_life) - worth(a, now, rules.half_life))
    .slice(0, EACH)
  book.half_life = rules.half_life
  const names = Object.keys(book.users)
  if (names.length <= USERS) return
  const risk = (name: string) => riskAt(book.users[name]!, now, rules.half_life)
  const least = names.reduce((a, b) => (risk(b) < risk(a) ? b : a))
  delete book.users[least]
}

/** Clears what `which` says, of one user or of all. @returns how many. */
export function clear(
  book: RiskBook,
  which: (one: Contribution, user: string) => boolean,
  why: { at: number; by: string; reason: string },
): number {
  let cleared = 0
  for (const [user, all] of Object.entries(book.users))
    for (const one of all)
      if (!one.cleared && which(one, user)) {
        one.cleared = why
        cleared++
      }
  return cleared
}

/** A verdict was taken back: what it cleared counts again. @returns whether something did. */
export function restore(book: RiskBook, id: string): boolean {
  const one = Object.values(book.users)
    .flat()
    .find((entry) => entry.id === id)
  if (!one?.cleared) return false
  delete one.cleared
  return true
}
