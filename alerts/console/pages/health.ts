import type { HealthReport } from '../deps.ts'
import { html, type Markup } from '../html.ts'
import type { Visitor } from '../visitor.ts'

export const healthPage = (
  report: HealthReport,
  policy: { policy: string; version: number },
  visitor: Visitor,
  slack: boolean,
): Markup => html`
<h1>Health</h1>
<div data-live="health"><p>${report.ready ? html`<span class="tag good">ready</span>` : html`<span class="tag bad">not ready</span>`} <span class="quiet">Policy version ${policy.version}, <code>${policy.policy}</code></span></p>
<table><thead><tr><th>Part</th><th>State</th><th>Detail</th></tr></thead><tbody>${report.parts.map((part) => html`<tr><td>${part.name}</td><td>${part.ok ? html`<span class="tag good">ok</span>` : html`<span class="tag bad">failing</span>`}</td><td>${part.detail}</td></tr>`)}</tbody></table></div>
${slack ? html`<h2>Slack</h2><form class="inline" method="post" action="/slack/enrol"><input type="hidden" name="csrf" value="${visitor.csrf}"><label>Code from the Slack message<input name="code" required maxlength="64"></label><button>Connect my Slack user</button></form>` : ''}`
