import type { Finding } from '../../detectors/port.ts'
import type { Proposal } from './pair.ts'

/**
 * A *finding* is what a detector wrote; an *alert* is the finding and what people did about it.
 *
 *   open ─▶ acknowledged ─▶ investigating ─▶ closed with a verdict
 *     └───────────┴──────────────┴─────────────▲   │ a later revision that is more severe, or a person
 *     ▲────────────────────────────────────────────┘
 *
 * One with a *notice* waits for the digest, or was found in shadow and is on record only: see the detectors' desk.
 * A *suppressed* alert is kept and listed but tells nobody, until it expires or the severity rises above it.
 */
export type AlertStatus = 'open' | 'acknowledged' | 'investigating' | 'closed'
export type AlertVerdict = 'none' | 'true-positive' | 'false-positive' | 'benign'
export type Via = 'slack' | 'console' | 'api' | 'system'

export interface HistoryEntry {
  at: string
  /** `user.id`, or `system`. */
  by: string
  via: Via
  change: string
  reason?: string
}

export interface Alert extends Finding {
  status: AlertStatus
  assignee?: string
  history: readonly HistoryEntry[]
  /** What waits for a second person. */
  proposal?: Proposal
  suppression: { by: string; reason: string; until: string } | null
  verdict: AlertVerdict
}

/** What the store can filter alerts by. `notify` is the outbox: `yes` until the routes have taken notice. */
export const keysOf = (alert: Alert, notify: 'yes' | 'no'): Readonly<Record<string, string>> => ({
  status: alert.status,
  severity: alert.severity,
  detector: alert.detector,
  ...(alert.user && { user: alert.user.id }),
  subject: subjectKey(alert.subject),
  verdict: alert.verdict,
  suppressed: alert.suppression ? 'yes' : 'no',
  notice: noticeOf(alert),
  ...(alert.proposal && { proposal: alert.proposal.by }),
  notify,
})

/** Who is told: the routes, the digest alone, or nobody. */
export type Told = 'alert' | 'digest' | 'shadow'
export const noticeOf = (finding: Pick<Finding, 'notice'>): Told => finding.notice?.to ?? 'alert'

export const subjectKey = (subject: Finding['subject']): string => `${subject.kind}:${subject.id}`
