import type { Alert } from '../../lifecycle/alert.ts'
import type { AlertCounts } from '../../lifecycle/query.ts'
import { ALERT_STATUSES, VERDICTS } from '../api/alerts.ts'
import { ago } from '../format.ts'
import { html, type Markup } from '../html.ts'
import {
  alertPath,
  choice,
  clip,
  empty,
  severityTag,
  statusTag,
  table,
  userPath,
  withQuery,
} from '../layout.ts'
import type { Fields } from '../surface.ts'

export interface AlertsView {
  alerts: readonly Alert[]
  counts: AlertCounts
  query: Fields
  next: string | undefined
  detectors: readonly string[]
  now: number
}

const FILTERS = ['status', 'severity', 'detector', 'user', 'text', 'verdict', 'suppressed', 'notice']
const NOTICES = [
  { value: 'digest', label: 'in the digest only' },
  { value: 'shadow', label: 'to nobody: shadow' },
  { value: 'all', label: 'or not' },
]

export const alertsPage = ({ alerts, counts, query, next, detectors, now }: AlertsView): Markup => html`
<div class="head"><h1>Alerts</h1>${worst(counts)}<span class="right"><a href="/digest">Digest</a> · <a href="/suppressions">Kept quiet</a></span></div>
<form class="inline" method="get" role="search" aria-label="Filter alerts">
${choice(
  'status',
  'Status',
  'all',
  ALERT_STATUSES.map((status) => ({
    value: status,
    label: status === 'closed' ? status : `${status} (${counts.status[status]})`,
  })),
  query.status,
)}
${choice('severity', 'Severity', 'any', ['critical', 'high', 'medium', 'low'], query.severity)}
${choice('detector', 'Detector', 'any', detectors, query.detector)}
${choice('notice', 'Told', 'to people', NOTICES, query.notice)}
${choice('verdict', 'Verdict', 'any', VERDICTS, query.verdict)}
<label>User<input name="user" value="${query.user}" placeholder="user id" maxlength="200"></label>
<label>Words<input name="text" value="${query.text}" placeholder="in the summary" maxlength="200"></label>
<button>Show</button>
</form>
<div data-live="alerts">${
  alerts.length === 0
    ? empty(
        'No alerts here.',
        FILTERS.some((name) => query[name])
          ? 'Nothing matches this filter.'
          : 'The detectors are watching; what they find appears here within seconds.',
      )
    : alertsTable(alerts, now)
}</div>
${next ? html`<p><a class="button" rel="next" href="${withQuery('/alerts', { ...query, after: next })}">Older</a></p>` : ''}`

/** How much waits, by severity, the worst first. */
const worst = ({ severity, suppressed, digest }: AlertCounts): Markup =>
  html`<span data-live="counts">${(['critical', 'high', 'medium', 'low'] as const).map((name) =>
    severity[name]
      ? html`<a class="tag ${name}" href="/alerts?severity=${name}&amp;suppressed=no">${severity[name]} ${name}</a> `
      : '',
  )}${suppressed ? html`<a class="tag" href="/alerts?suppressed=yes">${suppressed} suppressed</a> ` : ''}${digest ? html`<a class="tag" href="/digest">${digest} in the digest</a>` : ''}</span>`

export const alertsTable = (alerts: readonly Alert[], now: number): Markup =>
  table(
    'Alerts',
    ['Severity', 'What', 'Who', 'Detector', 'When', 'Status'],
    alerts.map(
      (alert) => html`<tr>
<td>${severityTag(alert.severity)}</td>
<td class="wide"><a href="${alertPath(alert.id)}">${clip(alert.summary)}</a></td>
<td class="nowrap">${alert.user ? html`<a href="${userPath(alert.user.id)}">${clip(alert.user.id, 60)}</a>` : `${alert.subject.kind} ${clip(alert.subject.id, 60)}`}</td>
<td class="nowrap">${alert.detector}</td>
<td>${ago(alert['@timestamp'], now)}</td>
<td>${statusTag(alert.status)}${alert.verdict !== 'none' ? html` <span class="tag">${alert.verdict}</span>` : ''}${alert.suppression ? html` <span class="tag">suppressed</span>` : ''}${alert.notice ? html` <span class="tag">${alert.notice.to}</span>` : ''}${alert.proposal ? html` <span class="tag medium">needs a second person</span>` : ''}${alert.assignee ? html` <span class="quiet">${alert.assignee}</span>` : ''}</td>
</tr>`,
    ),
  )
