import type { ReplayStep, ReviewView } from '../../../gateway/port.ts'
import { bytes, when } from '../format.ts'
import { html, type Markup } from '../html.ts'

/** Placeholders of the masking engine stand out, so that a reader sees what the user could not. */
const marked = (text: string): Markup[] =>
  text
    .split(/(\[(?:masked|pseudonym|hidden|withheld):[^\]\n]{1,120}\])/)
    .map((part, i) => (i % 2 ? html`<mark>${part}</mark>` : html`${part}`))

export const replayPage = (
  view: Omit<ReviewView, 'steps'>,
  steps: readonly ReplayStep[],
  cut: boolean,
): Markup => html`
<p><a href="/sessions/${view.session}">← Session</a></p>
<h1>Recording of ${view.user}</h1>
<p class="quiet">Began ${when(view.started)}${view.sealed ? '' : '; the session is still open'}. As the client saw it, in order; masked values are marked.</p>
${steps.map(
  (step) =>
    html`<section class="card"><p>${when(step.at)} <code>${[step.method, step.path].filter(Boolean).join(' ')}</code> ${step.status ? html`<span class="tag ${step.status < 400 ? 'good' : 'bad'}">${step.status}</span>` : ''} <span class="quiet">${step.type ?? ''} ${bytes(step.bytes)}</span></p>${step.text ? html`<pre>${marked(step.text)}</pre>` : step.bytes ? html`<p class="quiet">Not text; ${bytes(step.bytes)}.</p>` : ''}${step.problem ? html`<div class="note bad">${step.problem}</div>` : ''}</section>`,
)}
${steps.length === 0 ? html`<div class="empty"><p>Nothing was displayed in this session.</p></div>` : ''}
${cut ? html`<p class="quiet">Only the first ${steps.length} steps are shown here; <code>tracewarden replay ${view.session}</code> prints all.</p>` : ''}`
