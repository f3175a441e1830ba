import { z } from 'zod'
import { type Finding, SEVERITIES } from '../finding.ts'

/** Who was the matter of an alert lately: what the week's budget was spent on. */
const told = z.object({
  /** The finding's. */
  id: z.string(),
  /** `person:ada`. */
  subject: z.string(),
  /** Severity × worth of the collections. */
  weight: z.number(),
  /** ms, when it was told. */
  at: z.number(),
})
export const ledger = z.object({ told: z.array(told) })
export type Ledger = z.infer<typeof ledger>

const WEEK = 7 * 86400e3
const MOST = 2000
const RANKS = [1, 2, 4, 8] as const

export const weightOf = (finding: Pick<Finding, 'severity'>, worth: number): number =>
  RANKS[SEVERITIES.indexOf(finding.severity)]! * worth

/**
 * Whether a matter of this weight may still be told this week: fewer than `most` other people are the matter of alerts
 * as grave or graver. Whoever is told of already is one matter, so nobody can use up another's budget.
 */
export function admits(
  { told }: Ledger,
  matter: { subject: string; weight: number },
  most: number,
  now: number,
  settled: (id: string) => boolean,
): boolean {
  const others = new Set<string>()
  for (const one of told) {
    if (one.at <= now - WEEK || settled(one.id)) continue
    if (one.subject === matter.subject) return true
    if (one.weight >= matter.weight) others.add(one.subject)
  }
  return others.size < most
}

/** Notes that a finding is told. */
export function enter(book: Ledger, entry: Ledger['told'][number], now: number): void {
  book.told = [...book.told.filter((one) => one.id !== entry.id && one.at > now - WEEK), entry].slice(-MOST)
}
