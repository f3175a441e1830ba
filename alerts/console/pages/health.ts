import type { HealthReport } from '../deps.ts'
import { html, type Markup } from '../html.ts'
import { hidden, table } from '../layout.ts'

export const healthPage = (
  report: HealthReport,
  policy: { policy: string; version: number },
  csrf: string,
  slack: boolean,
): Markup => html`
<h1>Health</h1>
<div data-live="health"><p>${report.ready ? html`<span class="tag good">ready</span>` : html`<span class="tag bad">not ready</span>`} <span class="quiet">Policy version ${policy.version}, <code>${policy.policy}</code></span></p>
${table(
  'Parts of this process',
  ['Part', 'State', 'Detail'],
  report.parts.map(
    (part) =>
      html`<tr><td>${part.name}</td><td>${part.ok ? html`<span class="tag good">ok</span>` : html`<span class="tag bad">failing</span>`}</td><td class="wide">${part.detail}</td></tr>`,
  ),
)}</div>
${slack ? html`<section class="card"><h2>Slack</h2><p class="quiet">Press a button of Tracewarden in Slack once; it answers with a code for here.</p><form class="inline" method="post" action="/slack/enrol">${hidden(csrf)}<label>Code from the Slack message<input name="code" required maxlength="64" autocomplete="one-time-code"></label><button>Connect my Slack user</button></form></section>` : ''}`
