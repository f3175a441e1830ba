import { type Finding, SEVERITIES } from '../../detectors/port.ts'
import { fail } from '../errors.ts'
import type { Alert, AlertStatus, AlertVerdict, HistoryEntry, Via } from './alert.ts'
import { covers, type Suppression } from './suppression.ts'

/** A step a person takes. Closing needs verdict and reason, re-opening a reason. */
export type Triage = { via: Exclude<Via, 'system'>; reason?: string } & (
  | { to: 'acknowledged' | 'investigating' | 'open' }
  /** `days`: how long the verdict teaches the detector, 1–90; `alerts.verdicts` of the config by default. */
  | { to: 'closed'; verdict: Exclude<AlertVerdict, 'none'>; days?: number }
)

const NEXT: Readonly<Record<AlertStatus, readonly AlertStatus[]>> = {
  open: ['acknowledged', 'investigating', 'closed'],
  acknowledged: ['investigating', 'closed'],
  investigating: ['closed'],
  closed: ['open'],
}
const VERDICTS: readonly string[] = ['true-positive', 'false-positive', 'benign']
const REASON_MAX = 1000

/** The alert after a person's step. @throws TW_ALERT_TRANSITION, TW_ALERT_REASON, TW_ALERT_VERDICT */
export function step(alert: Alert, by: string, triage: Triage, at: string): Alert {
  if (!NEXT[alert.status].includes(triage.to))
    throw fail('TW_ALERT_TRANSITION', { status: alert.status, to: triage.to })
  const given = triage.reason?.trim()
  const needed = triage.to === 'closed' || triage.to === 'open'
  if ((needed && !given) || (given && given.length > REASON_MAX)) throw fail('TW_ALERT_REASON')
  if (triage.to === 'closed' && !VERDICTS.includes(triage.verdict)) throw fail('TW_ALERT_VERDICT')
  const entry: HistoryEntry = {
    at,
    by,
    via: triage.via,
    change:
      triage.to === 'closed' ? `closed: ${triage.verdict}` : triage.to === 'open' ? 're-opened' : triage.to,
    ...(given && { reason: given }),
  }
  const { proposal, ...rest } = alert
  const next: Alert = { ...rest, status: triage.to, history: [...alert.history, entry] }
  if (proposal && !needed) next.proposal = proposal
  if (triage.to === 'closed') next.verdict = triage.verdict
  else if (triage.to === 'open') next.verdict = 'none'
  else next.assignee = by
  return next
}

const rank = (finding: { severity: Finding['severity'] }) => SEVERITIES.indexOf(finding.severity)

/**
 * The alert after a finding: a new one opens, a later revision updates the evidence and keeps the status, a rise in
 * severity re-opens a closed alert and ends a suppression. Undefined: nothing new. Severity falls by itself only where it
 * turns out that the whole team was busy.
 */
export function absorb(
  previous: Alert | undefined,
  finding: Finding,
  suppression: Suppression | undefined,
  at: string,
): Alert | undefined {
  if (previous && previous.revision >= finding.revision) return undefined
  const rose = previous !== undefined && rank(finding) > rank(previous)
  const explained = previous !== undefined && finding.burst !== undefined && previous.burst === undefined
  const severity = previous && !rose && !explained ? previous.severity : finding.severity
  const hidden = suppression !== undefined && covers(suppression, { ...finding, severity }, at)
  const system = (change: string, reason?: string): HistoryEntry => ({
    at,
    by: 'system',
    via: 'system',
    change,
    ...(reason && { reason }),
  })
  const history = [...(previous?.history ?? [system('opened')])]
  if (previous?.notice && !finding.notice)
    history.push(system('told', `it outgrew the ${previous.notice.to}`))
  if (!previous && finding.notice)
    history.push(system(`kept for the ${finding.notice.to}`, finding.notice.because))
  if (rose) history.push(system(`severity ${previous.severity} → ${severity}`))
  else if (explained)
    history.push(system(`severity ${previous.severity} → ${severity}`, 'the whole team was busy'))
  const reopened = rose && previous.status === 'closed'
  if (reopened) history.push(system('re-opened', 'the severity rose'))
  if (hidden !== Boolean(previous?.suppression))
    history.push(system(hidden ? 'suppressed' : 'no longer suppressed'))
  return {
    ...finding,
    severity,
    status: reopened ? 'open' : (previous?.status ?? 'open'),
    ...(previous?.assignee !== undefined && { assignee: previous.assignee }),
    // What was proposed was about less.
    ...(previous?.proposal && !rose && { proposal: previous.proposal }),
    verdict: reopened ? 'none' : (previous?.verdict ?? 'none'),
    history,
    suppression: hidden ? { by: suppression.by, reason: suppression.reason, until: suppression.until } : null,
  }
}
