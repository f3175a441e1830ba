import type { DocumentQuery, Documents } from '../../collector/port.ts'
import type { Severity } from '../../detectors/port.ts'
import { type Alert, type AlertStatus, type AlertVerdict, noticeOf, subjectKey, type Told } from './alert.ts'

export interface AlertQuery {
  status?: AlertStatus
  severity?: Severity
  detector?: string
  /** `user.id`. */
  user?: string
  verdict?: AlertVerdict
  suppressed?: boolean
  /** Told, in the digest, or in shadow; `all`. Told, by default. */
  notice?: Told | 'all'
  /** Inclusive from, exclusive to, on `@timestamp`; RFC 3339. */
  from?: string
  to?: string
  /** Every word must occur in id, detector, user, subject, summary, assignee or incident; case-insensitive. */
  text?: string
  /** 1–500. */
  limit: number
  after?: string
}

export interface AlertCounts {
  /** Alerts not yet closed, by status and by severity; suppressed ones and those of the digest stand apart. */
  status: Readonly<Record<Exclude<AlertStatus, 'closed'>, number>>
  severity: Readonly<Record<Severity, number>>
  suppressed: number
  /** In the digest, not yet closed. */
  digest: number
}

/** Most pages read for one answer, so that a rare word cannot hold the store; `next` goes on from there. */
const MOST_PAGES = 20

/** Newest first. */
export async function listAlerts(documents: Documents, query: AlertQuery) {
  const limit = Math.max(1, Math.min(500, Math.floor(query.limit)))
  const keys: Record<string, string> = {}
  for (const key of ['status', 'severity', 'detector', 'user', 'verdict'] as const)
    if (query[key] !== undefined) keys[key] = query[key]
  if (query.suppressed !== undefined) keys.suppressed = query.suppressed ? 'yes' : 'no'
  const notice = query.notice ?? 'alert'
  // Alerts of before there were notices have no such key.
  if (notice === 'digest' || notice === 'shadow') keys.notice = notice
  const told = (alert: Alert) => notice === 'all' || noticeOf(alert) === notice
  const words = (query.text ?? '').toLowerCase().split(/\s+/).filter(Boolean)
  const alerts: Alert[] = []
  let after = query.after
  for (let page = 0; page < MOST_PAGES; page++) {
    const request: DocumentQuery = { keys, limit: limit - alerts.length }
    if (query.from !== undefined) request.from = query.from
    if (query.to !== undefined) request.to = query.to
    if (after !== undefined) request.after = after
    const { documents: stored, next } = await documents.list<Alert>('alert', request)
    for (const { body } of stored) if (told(body) && matches(body, words)) alerts.push(body)
    after = next
    if (after === undefined || alerts.length >= limit) break
  }
  return { alerts, ...(after !== undefined && { next: after }) }
}

function matches(alert: Alert, words: readonly string[]): boolean {
  if (words.length === 0) return true
  const text = [
    alert.id,
    alert.detector,
    alert.user?.id,
    subjectKey(alert.subject),
    alert.summary,
    alert.assignee,
    alert.incident,
  ]
    .join(' ')
    .toLowerCase()
  return words.every((word) => text.includes(word))
}

export async function countAlerts(documents: Documents): Promise<AlertCounts> {
  const status = { open: 0, acknowledged: 0, investigating: 0 }
  const severity = { low: 0, medium: 0, high: 0, critical: 0 }
  let suppressed = 0
  let digest = 0
  for (const name of ['open', 'acknowledged', 'investigating'] as const) {
    let after: string | undefined
    do {
      const page = await documents.list<Alert>('alert', {
        keys: { status: name },
        limit: 500,
        ...(after !== undefined && { after }),
      })
      for (const { body } of page.documents) {
        if (body.notice) digest += body.notice.to === 'digest' ? 1 : 0
        else if (body.suppression) suppressed++
        else {
          status[name]++
          severity[body.severity]++
        }
      }
      after = page.next
    } while (after !== undefined)
  }
  return { status, severity, suppressed, digest }
}
