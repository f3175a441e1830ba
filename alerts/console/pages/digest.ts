import { iso } from '../../../core/clock.ts'
import type { Alert } from '../../lifecycle/alert.ts'
import { byPerson } from '../../lifecycle/digest.ts'
import { ago, when } from '../format.ts'
import { html, type Markup } from '../html.ts'
import { alertPath, clip, empty, severityTag, statusTag, table, userPath, withQuery } from '../layout.ts'

export interface DigestView {
  alerts: readonly Alert[]
  /** There are more than these. */
  more: boolean
  days: number
  now: number
}

const DAY = 86_400_000
const PERIODS = [1, 7, 30]

/** What alerted nobody by itself, by person, the gravest first. */
export const digestPage = ({ alerts, more, days, now }: DigestView): Markup => html`
<p><a href="/alerts?status=open">← Alerts</a></p>
<div class="head"><h1>Digest</h1><span class="right">${PERIODS.map((n) => html`<a class="tag"${n === days ? html` aria-current="page"` : ''} href="/digest?days=${n}">${n === 1 ? 'a day' : `${n} days`}</a> `)}</span></div>
<p class="quiet">Since ${when(iso(now - days * DAY))}: what the week’s budget left over, was found in quiet hours, or is known by a verdict. Nobody was told of it one by one; all but the known adds to risk.</p>
${more ? html`<p class="note">These are the newest; <a href="${withQuery('/alerts', { notice: 'digest' })}">there are more</a>.</p>` : ''}
<div data-live="digest">${
  alerts.length === 0
    ? empty(
        'Nothing waits here.',
        'Alerts beyond the budget of false alerts, or known to be harmless, would.',
      )
    : table(
        'Digest',
        ['Who', 'Severity', 'What', 'Why here', 'When', 'Status'],
        byPerson(alerts).flatMap(({ subject, alerts }) =>
          alerts.map(
            (alert, i) => html`<tr>
<td class="nowrap">${i > 0 ? '' : alert.user ? html`<a href="${userPath(alert.user.id)}">${clip(alert.user.id, 60)}</a>` : clip(subject, 60)}</td>
<td>${severityTag(alert.severity)}</td>
<td class="wide"><a href="${alertPath(alert.id)}">${clip(alert.summary)}</a> <span class="quiet">${alert.detector}</span></td>
<td class="wide quiet">${alert.notice?.because}</td>
<td>${ago(alert['@timestamp'], now)}</td>
<td>${statusTag(alert.status)}</td></tr>`,
          ),
        ),
      )
}</div>`
