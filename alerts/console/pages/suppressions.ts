import type { Suppression } from '../../lifecycle/suppression.ts'
import type { Verdict } from '../../lifecycle/verdicts.ts'
import { moment } from '../format.ts'
import { html, type Markup } from '../html.ts'
import { alertPath, clip, empty, hidden, severityTag, table, userPath } from '../layout.ts'

/** Everything that keeps a detector quiet about somebody: by whom, why, until when, and how to end it. */
export const suppressionsPage = (
  suppressions: readonly Suppression[],
  verdicts: readonly Verdict[],
  csrf: string,
): Markup => html`
<p><a href="/alerts?status=open">← Alerts</a></p>
<h1>Kept quiet</h1>
<h2>Suppressions</h2>
${
  suppressions.length === 0
    ? empty(
        'Nothing is suppressed.',
        'An alert that is known to be harmless can be suppressed on its page, for up to 90 days.',
      )
    : table(
        'Suppressions',
        ['Detector', 'About', 'Up to', 'By', 'Reason', 'Since (UTC)', 'Until (UTC)', 'Lift'],
        suppressions.map(
          (s) =>
            html`<tr><td>${s.detector}</td><td>${about(s)}</td><td>${severityTag(s.severity)}</td><td>${s.by}</td><td class="wide">${clip(s.reason)}</td><td>${moment(s.created)}</td><td>${moment(s.until)}</td><td>${end(`/suppressions/${encodeURIComponent(s.id)}/lift`, 'Lift', csrf)}</td></tr>`,
        ),
      )
}
<h2>Verdicts that teach</h2>
<p class="quiet">What a verdict calls harmless waits for the digest while it is no graver and not much rarer than what was judged. A fact is never kept quiet.</p>
${
  verdicts.length === 0
    ? empty(
        'No verdict is in force.',
        'Closing an alert as false positive or benign teaches its detector for some days.',
      )
    : table(
        'Verdicts',
        ['Detector', 'About', 'Verdict', 'Up to', 'By', 'Reason', 'Until (UTC)', 'Revoke'],
        verdicts.map(
          (v) =>
            html`<tr><td>${v.detector}</td><td>${about(v)}</td><td><a class="tag" href="${alertPath(v.alert)}">${v.verdict}</a></td><td>${severityTag(v.severity)}</td><td>${v.by}${v.confirmed ? html` and ${v.confirmed}` : ''}</td><td class="wide">${clip(v.reason)}</td><td>${moment(v.until)}</td><td>${end(`/verdicts/${encodeURIComponent(v.id)}/revoke`, 'Revoke', csrf)}</td></tr>`,
        ),
      )
}`

const about = ({ subject }: Pick<Suppression, 'subject'>): Markup =>
  subject.kind === 'person'
    ? html`<a href="${userPath(subject.id)}">${clip(subject.id, 60)}</a>`
    : html`${subject.kind} ${clip(subject.id, 60)}`

const end = (action: string, label: string, csrf: string): Markup =>
  html`<form class="inline tight" method="post" action="${action}">${hidden(csrf)}<input name="reason" aria-label="Reason" required maxlength="500" placeholder="reason"><button>${label}</button></form>`
