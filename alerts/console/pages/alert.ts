import type { Alert } from '../../lifecycle/alert.ts'
import type { DetectorCard } from '../deps.ts'
import { number, probability, when } from '../format.ts'
import { html, type Markup } from '../html.ts'
import { severityTag, statusTag, withQuery } from '../layout.ts'
import { rangeChart } from './range-chart.ts'

/** Evidence the page shows in a form of its own; everything else a detector adds is listed by name. */
const SHOWN = new Set(['observed', 'expected', 'low', 'high', 'baseline', 'peers', 'sessions', 'events'])

export const alertPage = (alert: Alert, card: DetectorCard | undefined, csrf: string): Markup => {
  const { evidence } = alert
  const extras = Object.entries(evidence).filter(([name]) => !SHOWN.has(name))
  return html`
<p><a href="/alerts">← Alerts</a></p>
<h1>${alert.summary}</h1>
<p>${severityTag(alert.severity)} ${statusTag(alert.status)} ${alert.verdict !== 'none' ? html`<span class="tag">${alert.verdict}</span>` : ''} <span class="quiet">${card?.title ?? alert.detector}</span></p>
<div class="two"><div>
<section class="card">
<h2>Why</h2>
<div class="figures">
<div><b>${number(evidence.observed)}</b><span>observed</span></div>
${evidence.expected !== undefined ? html`<div><b>${number(evidence.expected)}</b><span>usual${evidence.low !== undefined && evidence.high !== undefined ? ` (${number(evidence.low)}–${number(evidence.high)})` : ''}</span></div>` : ''}
${evidence.peers ? html`<div><b>${number(evidence.peers.expected)}</b><span>peers</span></div>` : ''}
<div><b>${probability(alert.p)}</b><span>chance, if all were as usual</span></div>
</div>
${rangeChart(evidence)}
<dl class="facts">
<dt>Window</dt><dd>${when(alert.window.from)} to ${when(alert.window.to)}</dd>
${evidence.baseline ? html`<dt>Baseline</dt><dd>${evidence.baseline.n} windows, ${when(evidence.baseline.from)} to ${when(evidence.baseline.to)}</dd>` : ''}
${extras.map(([name, value]) => html`<dt>${name.replaceAll('_', ' ')}</dt><dd>${typeof value === 'number' ? number(value) : typeof value === 'string' ? value : Array.isArray(value) ? value.map(String).join(', ') : JSON.stringify(value)}</dd>`)}
<dt>Technique</dt><dd>${alert.threat.technique.id.join(', ')}</dd>
</dl>
</section>
<section class="card">
<h2>Evidence</h2>
${evidence.sessions.length ? html`<ul class="plain">${evidence.sessions.slice(-20).map((id) => html`<li><a href="/sessions/${id}">Session ${id}</a></li>`)}</ul>` : html`<p class="quiet">No sessions named.</p>`}
${alert.user ? html`<p><a href="${withQuery('/sessions', { user: alert.user.id, from: alert.window.from, to: alert.window.to })}">All sessions of ${alert.user.id} in this window</a></p>` : ''}
</section>
<section class="card"><h2>History</h2>
<dl class="facts">${alert.history.map((h) => html`<dt>${when(h.at)}</dt><dd>${h.change} by ${h.by} (${h.via})${h.reason ? html` — ${h.reason}` : ''}</dd>`)}</dl>
${alert.history.length === 0 ? html`<p class="quiet">Nobody has touched it yet.</p>` : ''}
</section>
</div><div>
<section class="card"><h2>Triage</h2>${triage(alert, csrf)}</section>
${card ? html`<section class="card"><h2>Runbook</h2><ul class="plain">${card.runbook.map((step) => html`<li>${step}</li>`)}</ul><h2>Blind spots</h2><ul class="plain">${card.blindSpots.map((spot) => html`<li>${spot}</li>`)}</ul></section>` : ''}
<section class="card"><h2>Identifiers</h2><dl class="facts"><dt>Alert</dt><dd><code>${alert.id}</code></dd><dt>Incident</dt><dd><code>${alert.incident}</code></dd><dt>Revision</dt><dd>${alert.revision}</dd><dt>Config</dt><dd><code>${alert.config}</code></dd></dl></section>
</div></div>`
}

const triage = (alert: Alert, csrf: string): Markup => {
  const button = (action: string, label: string) =>
    html`<form method="post" action="/alerts/${alert.id}/${action}"><input type="hidden" name="csrf" value="${csrf}"><button>${label}</button></form>`
  if (alert.status === 'closed')
    return html`<p>Closed as <b>${alert.verdict}</b>. A later, more severe revision opens it again.</p>
<form class="stack" method="post" action="/alerts/${alert.id}/reopen"><input type="hidden" name="csrf" value="${csrf}"><label>Reason<textarea name="reason" required maxlength="1000"></textarea></label><button>Open again</button></form>`
  return html`
<div class="row">${alert.status === 'open' ? button('acknowledge', 'Acknowledge') : ''}${alert.status !== 'investigating' ? button('investigate', 'Investigate') : ''}</div>
<form class="stack" method="post" action="/alerts/${alert.id}/close">
<input type="hidden" name="csrf" value="${csrf}">
<label>Verdict<select name="verdict"><option value="true-positive">true positive</option><option value="false-positive">false positive</option><option value="benign">benign</option></select></label>
<label>Reason<textarea name="reason" required maxlength="1000"></textarea></label>
<button class="main">Close</button>
</form>
${alert.suppression ? html`<p class="quiet">Suppressed by ${alert.suppression.by} until ${when(alert.suppression.until)}: ${alert.suppression.reason}</p>` : html`<details><summary>Suppress</summary><form class="stack" method="post" action="/alerts/${alert.id}/suppress"><input type="hidden" name="csrf" value="${csrf}"><label>Days<input name="days" type="number" min="1" max="90" value="7"></label><label>Reason<textarea name="reason" required maxlength="1000"></textarea></label><button>Suppress up to this severity</button></form></details>`}`
}
