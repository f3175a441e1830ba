import { z } from 'zod'
import type { Finding, Severity } from '../finding.ts'

/**
 * Risk of a user: points that findings gave, each fading by half in a half-life.
 *
 *   contribution   one finding: who, which detector, points, when, in words
 *   risk           0 (nothing known) to 100
 */
const contribution = z.object({
  /** The finding's id. */
  id: z.string(),
  detector: z.string(),
  points: z.number(),
  /** ms */
  at: z.number(),
  summary: z.string(),
})
export type Contribution = z.infer<typeof contribution>

export const riskBook = z.object({ users: z.record(z.string(), z.array(contribution)) })
export type RiskBook = z.infer<typeof riskBook>

export const HALF_LIFE = 14 * 86400e3
const POINTS: Readonly<Record<Severity, number>> = { low: 5, medium: 15, high: 30, critical: 60 }
const MOST = 100
const USERS = 1000
const EACH = 12

const worth = ({ points, at }: Contribution, now: number) =>
  points * 2 ** (-Math.max(0, now - at) / HALF_LIFE)

export const riskAt = (all: readonly Contribution[], now: number): number =>
  Math.min(
    MOST,
    all.reduce((sum, one) => sum + worth(one, now), 0),
  )

/** A line each, the weightiest first: `12.4 points: volume-spike, 3 Feb: 423 traces …`. */
export const explainRisk = (all: readonly Contribution[], now: number): string[] =>
  all
    .toSorted((a, b) => worth(b, now) - worth(a, now))
    .map(
      (one) =>
        `${worth(one, now).toFixed(1)} points: ${one.detector}, ${new Date(one.at).toISOString()}: ${one.summary}`,
    )

/** Takes a finding, or its next revision, into the book; the least of a user, and the least user, go first. */
export function addFinding(book: RiskBook, finding: Finding): void {
  const user = finding.user?.id
  if (user === undefined) return
  const at = Date.parse(finding['@timestamp'])
  const { id, detector, summary, severity } = finding
  const others = (book.users[user] ?? []).filter((one) => one.id !== id)
  const all = [...others, { id, detector, points: POINTS[severity], at, summary: summary.slice(0, 200) }]
  book.users[user] = all.toSorted((a, b) => worth(b, at) - worth(a, at)).slice(0, EACH)
  const names = Object.keys(book.users)
  if (names.length <= USERS) return
  const least = names.toSorted((a, b) => riskAt(book.users[a]!, at) - riskAt(book.users[b]!, at))[0]!
  delete book.users[least]
}
