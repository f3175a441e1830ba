import type { Suppression } from '../../lifecycle/suppression.ts'
import { moment } from '../format.ts'
import { html, type Markup } from '../html.ts'
import { clip, empty, hidden, severityTag, table, userPath } from '../layout.ts'

export const suppressionsPage = (suppressions: readonly Suppression[], csrf: string): Markup => html`
<p><a href="/alerts?status=open">← Alerts</a></p>
<h1>Suppressions</h1>
${
  suppressions.length === 0
    ? empty(
        'Nothing is kept quiet.',
        'An alert that is known to be harmless can be suppressed on its page, for up to 90 days.',
      )
    : table(
        'Suppressions',
        ['Detector', 'About', 'Up to', 'By', 'Reason', 'Since (UTC)', 'Until (UTC)', 'Lift'],
        suppressions.map(
          (s) =>
            html`<tr><td>${s.detector}</td><td>${s.subject.kind === 'person' ? html`<a href="${userPath(s.subject.id)}">${clip(s.subject.id, 60)}</a>` : `${s.subject.kind} ${clip(s.subject.id, 60)}`}</td><td>${severityTag(s.severity)}</td><td>${s.by}</td><td class="wide">${clip(s.reason)}</td><td>${moment(s.created)}</td><td>${moment(s.until)}</td><td><form class="inline tight" method="post" action="/suppressions/${encodeURIComponent(s.id)}/lift">${hidden(csrf)}<input name="reason" aria-label="Reason to lift it" required maxlength="500" placeholder="reason"><button>Lift</button></form></td></tr>`,
        ),
      )
}`
