import type { ReplayStep, ReviewView } from '../../../gateway/port.ts'
import { bytes, when } from '../format.ts'
import { html, type Markup } from '../html.ts'
import { clip, empty, sessionPath } from '../layout.ts'

/** Placeholders of the masking engine stand out, so that a reader sees what the user could not. */
const marked = (text: string): Markup[] =>
  text
    .split(/(\[(?:masked|pseudonym|hidden|withheld):[^\]\n]{1,120}\])/)
    .map((part, i) => (i % 2 ? html`<mark>${part}</mark>` : html`${part}`))

export interface ReplayPageView extends Pick<ReviewView, 'session' | 'user' | 'started' | 'sealed'> {
  steps: readonly ReplayStep[]
  cut: boolean
}

export const replayPage = ({ steps, cut, ...view }: ReplayPageView): Markup => html`
<p><a href="${sessionPath(view.session)}">← Session</a></p>
<h1>Recording of ${clip(view.user, 120)}</h1>
<p class="quiet">Began ${when(view.started)}${view.sealed ? '' : '; the session is still open'}. As the client saw it, in order; masked values are marked. That you opened it is recorded.</p>
${steps.map(exchange)}
${steps.length === 0 && !cut ? empty('Nothing was displayed.', 'The session ended before an answer was released.') : ''}
${cut ? html`<p class="note">Only the first ${steps.length} steps are shown here; <code>tracewarden replay ${view.session}</code> prints all.</p>` : ''}`

const exchange = (
  step: ReplayStep,
): Markup => html`<section class="card"><h2 class="line">${step.at ? when(step.at) : ''} <code>${clip([step.method, step.path].filter(Boolean).join(' '), 600)}</code> ${step.status ? html`<span class="tag ${step.status < 400 ? 'good' : 'bad'}">${step.status}</span>` : ''} <span class="quiet">${step.type ?? ''} ${bytes(step.bytes)}${step.part ? `, part ${step.part}` : ''}</span></h2>
${step.sent ? html`<details><summary>What was sent</summary><pre>${marked(step.sent)}</pre></details>` : ''}
${step.text ? html`<pre>${marked(step.text)}</pre>` : step.bytes ? html`<p class="quiet">Not text; ${bytes(step.bytes)}.</p>` : ''}
${step.problem ? html`<div class="note bad">${step.problem}</div>` : ''}</section>`
