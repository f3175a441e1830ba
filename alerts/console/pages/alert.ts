import type { SessionEvent } from '../../../core/event.ts'
import type { Alert } from '../../lifecycle/alert.ts'
import type { DetectorCard } from '../deps.ts'
import { evidenceName, techniqueUrl } from '../evidence-names.ts'
import { number, odds, when } from '../format.ts'
import { html, type Markup } from '../html.ts'
import { alertPath, clip, sessionPath, severityTag, statusTag, userPath, withQuery } from '../layout.ts'
import type { Visitor } from '../visitor.ts'
import { type Around, aroundSection } from './around.ts'
import { eventsTable } from './events.ts'
import { rangeChart } from './range-chart.ts'
import { triage } from './triage.ts'

export interface AlertView {
  alert: Alert
  card: DetectorCard | undefined
  visitor: Visitor
  /** What the evidence names, as far as the store still has it. */
  events: readonly SessionEvent[]
  zone: string | undefined
  around: Around
}

/** Evidence the page shows in a form of its own; everything else a detector adds is listed by name. */
const SHOWN = new Set(['observed', 'expected', 'low', 'high', 'baseline', 'peers', 'sessions', 'events'])

export const alertPage = ({ alert, card, visitor, events, zone, around }: AlertView): Markup => html`
<p><a href="/alerts?status=open">← Alerts</a></p>
<h1>${clip(alert.summary, 1000)}</h1>
<p>${severityTag(alert.severity)} ${statusTag(alert.status)} ${alert.verdict !== 'none' ? html`<span class="tag">${alert.verdict}</span>` : ''} ${alert.suppression ? html`<span class="tag">suppressed</span>` : ''} <span class="quiet">${card?.title ?? alert.detector}</span></p>
${alert.notice ? html`<p class="note"><b>${alert.notice.to === 'shadow' ? 'Nobody was told: found in shadow.' : 'Waits for the digest.'}</b> ${alert.notice.because}.</p>` : ''}
<div class="two"><div>
${why(alert, zone)}
<section class="card"><h2>Evidence</h2>
${evidenceSessions(alert)}
</section>
<section class="card"><h2>History</h2>
${alert.history.length ? html`<dl class="facts">${alert.history.map((h) => html`<dt>${when(h.at)}</dt><dd>${h.change} by ${h.by} (${h.via})${h.reason ? html`: ${h.reason}` : ''}</dd>`)}</dl>` : html`<p class="quiet">Nobody has touched it yet.</p>`}
</section>
</div><div>
<section class="card"><h2>Triage</h2>${triage(alert, visitor)}</section>
${card ? html`<section class="card"><h2>Runbook</h2><ol class="plain">${card.runbook.map((step) => html`<li>${step}</li>`)}</ol><h2>Blind spots</h2><ul class="plain">${card.blindSpots.map((spot) => html`<li>${spot}</li>`)}</ul></section>` : ''}
<section class="card"><h2>Identifiers</h2><dl class="facts"><dt>Alert</dt><dd><code>${alert.id}</code></dd><dt>Incident</dt><dd><a href="${withQuery('/alerts', { text: alert.incident })}"><code>${alert.incident}</code></a></dd><dt>Revision</dt><dd>${alert.revision}</dd><dt>Config</dt><dd><code>${alert.config}</code></dd></dl>
<p><a href="/api/v1${alertPath(alert.id)}">As JSON</a></p></section>
</div></div>
${
  events.length
    ? html`<h2>What was done</h2>
${alert.evidence.events.length > events.length ? html`<p class="quiet">The last ${events.length} of ${alert.evidence.events.length} events that are evidence.</p>` : ''}
${eventsTable(events)}`
    : ''
}
${alert.user ? aroundSection(around) : ''}`

function why(
  { evidence, window, threat, user, subject, p, certain }: Alert,
  zone: string | undefined,
): Markup {
  const extras = Object.entries(evidence).filter(([name, value]) => !SHOWN.has(name) && !isEmpty(value))
  extras.sort(([a], [b]) => Number(a in LAST) - Number(b in LAST))
  return html`<section class="card"><h2>Why</h2>
<div class="figures">
<div><b>${number(evidence.observed)}</b><span>observed</span></div>
${evidence.expected !== undefined ? html`<div><b>${number(evidence.expected)}</b><span>usual${evidence.low !== undefined && evidence.high !== undefined ? ` (${number(evidence.low)}–${number(evidence.high)})` : ''}</span></div>` : ''}
${evidence.peers ? html`<div><b>${number(evidence.peers.expected)}</b><span>usual for peers</span></div>` : ''}
${likelihood(p, certain)}
</div>
${rangeChart(evidence)}
<dl class="facts">
<dt>Who</dt><dd>${user ? html`<a href="${userPath(user.id)}">${user.id}</a>` : `${subject.kind} ${subject.id}`}</dd>
<dt>Window</dt><dd>${when(window.from, zone)} to ${when(window.to)}</dd>
${evidence.baseline ? html`<dt>Baseline</dt><dd>${evidence.baseline.n} windows, ${when(evidence.baseline.from)} to ${when(evidence.baseline.to)}</dd>` : ''}
${extras.map(([name, value]) => html`<dt>${clip(evidenceName(name), 60)}</dt><dd>${clip(words(value), 2000)}</dd>`)}
<dt>Technique</dt><dd>${threat.technique.id.map((id, i) => html`${i ? ', ' : ''}${technique(id)}`)} <span class="quiet">MITRE ATT&amp;CK</span></dd>
</dl></section>`
}

const technique = (id: string): Markup => {
  const url = techniqueUrl(id)
  return url === undefined ? html`${id}` : html`<a href="${url}" rel="noreferrer">${id}</a>`
}

/** What states a fact has no likelihood. */
const likelihood = (p: number, certain: boolean | undefined): Markup =>
  certain
    ? html`<div><b>certain</b><span>a fact, whatever is usual</span></div>`
    : html`<div><b>${odds(p)}</b><span>days of a user hold the like, if all is as usual</span></div>`

const LAST: Readonly<Record<string, true>> = { benign: true }
const isEmpty = (value: unknown): boolean => Array.isArray(value) && value.length === 0

const words = (value: unknown): string =>
  typeof value === 'number'
    ? number(value)
    : typeof value === 'string'
      ? value
      : Array.isArray(value)
        ? value.map((item) => (typeof item === 'object' ? JSON.stringify(item) : String(item))).join(', ')
        : JSON.stringify(value)

const evidenceSessions = ({ evidence, user, window }: Alert): Markup => html`
${evidence.sessions.length ? html`<ul class="plain">${evidence.sessions.slice(-20).map((id) => html`<li><a href="${sessionPath(id)}">Session <code>${clip(id, 80)}</code></a></li>`)}</ul>` : html`<p class="quiet">No sessions named.</p>`}
${user ? html`<p><a href="${withQuery('/sessions', { user: user.id, from: window.from, to: window.to })}">All sessions of ${clip(user.id, 60)} in this window</a></p>` : ''}`
