import type { Alert } from '../../lifecycle/alert.ts'
import type { AlertCounts } from '../../lifecycle/query.ts'
import { ago } from '../format.ts'
import { html, type Markup } from '../html.ts'
import { empty, severityTag, statusTag, withQuery } from '../layout.ts'

export interface AlertsView {
  alerts: readonly Alert[]
  counts: AlertCounts
  query: Readonly<Record<string, string | undefined>>
  next: string | undefined
  detectors: readonly string[]
  now: number
}

export const ALERT_STATUSES = ['open', 'acknowledged', 'investigating', 'closed'] as const

export const alertsPage = ({ alerts, counts, query, next, detectors, now }: AlertsView): Markup => html`
<h1>Alerts</h1>
<form class="inline" method="get">
<label>Status<select name="status"><option value="">all</option>${ALERT_STATUSES.map((status) => html`<option${query.status === status ? html` selected` : ''} value="${status}">${status}${status === 'closed' ? '' : ` (${counts.status[status]})`}</option>`)}</select></label>
<label>Severity<select name="severity"><option value="">any</option>${['critical', 'high', 'medium', 'low'].map((s) => html`<option${query.severity === s ? html` selected` : ''}>${s}</option>`)}</select></label>
<label>Detector<select name="detector"><option value="">any</option>${detectors.map((d) => html`<option${query.detector === d ? html` selected` : ''}>${d}</option>`)}</select></label>
<label>User<input name="user" value="${query.user ?? ''}" placeholder="user id"></label>
<label>Words<input name="text" value="${query.text ?? ''}" placeholder="in the summary"></label>
<button>Show</button>
</form>
<div data-live="alerts">${
  alerts.length === 0
    ? empty(
        'No alerts here.',
        query.status || query.user || query.severity || query.detector
          ? 'Nothing matches this filter.'
          : 'The detectors are watching; what they find appears here within seconds.',
      )
    : html`<table>
<thead><tr><th>Severity</th><th>What</th><th>Who</th><th>Detector</th><th>When</th><th>Status</th></tr></thead>
<tbody>${alerts.map(
        (alert) => html`<tr>
<td>${severityTag(alert.severity)}</td>
<td><a href="/alerts/${alert.id}">${alert.summary}</a></td>
<td>${alert.user ? html`<a href="${withQuery('/sessions', { user: alert.user.id })}">${alert.user.id}</a>` : alert.subject.id}</td>
<td>${alert.detector}</td>
<td>${ago(alert['@timestamp'], now)}</td>
<td>${statusTag(alert.status)}${alert.verdict !== 'none' ? html` <span class="tag">${alert.verdict}</span>` : ''}${alert.suppression ? html` <span class="tag">suppressed</span>` : ''}${alert.assignee ? html` <span class="quiet">${alert.assignee}</span>` : ''}</td>
</tr>`,
      )}</tbody></table>`
}</div>
${next ? html`<p><a href="${withQuery('/alerts', { ...query, after: next })}">Older</a></p>` : ''}`
