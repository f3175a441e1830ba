import type { SessionEvent } from '../../../core/event.ts'
import { bytes, moment } from '../format.ts'
import { html, type Markup } from '../html.ts'
import { clip, statusTag, table } from '../layout.ts'

const NAMES_SHOWN = 12

const names = (list: readonly string[] | undefined): string =>
  list === undefined
    ? ''
    : clip(
        list.slice(0, NAMES_SHOWN).join(', ') +
          (list.length > NAMES_SHOWN ? ` and ${list.length - NAMES_SHOWN} more` : ''),
        600,
      )

/** Events in the order given; the time leads to the event as it is stored. */
export const eventsTable = (events: readonly SessionEvent[]): Markup =>
  table(
    'Events',
    ['Time (UTC)', 'What', 'Outcome', 'Request', { num: 'Traces' }, { num: 'Released' }, 'Fields'],
    events.map(
      ({ '@timestamp': at, event, tracewarden: tw }) => html`<tr>
<td><a href="/api/v1/events/${encodeURIComponent(event.id)}" title="The event as JSON">${moment(at)}</a></td>
<td class="nowrap">${event.action}${tw.request?.phase ? html` <span class="quiet">${tw.request.phase}</span>` : ''}${tw.bypass?.length ? html`<br><span class="tag high">${names(tw.bypass)}</span>` : ''}</td>
<td>${statusTag(event.outcome)}${tw.mode === 'observe' ? html` <span class="tag">observe</span>` : ''}${event.reason ? html`<br><span class="quiet">${clip(event.reason)}</span>` : ''}</td>
<td class="wide"><code>${clip(tw.statement?.shape ?? '', 400)}</code>${tw.collection ? html`<br><span class="quiet">${clip(tw.collection, 120)}</span>` : ''}</td>
<td class="num">${tw.traces?.count}</td>
<td class="num">${tw.bytes === undefined ? '' : bytes(tw.bytes)}</td>
<td>${tw.fields?.masked?.length ? html`<span class="quiet">masked</span> ${names(tw.fields.masked)}<br>` : ''}${tw.fields?.sensitive?.length ? html`<span class="quiet">shown</span> <span class="tag medium">${names(tw.fields.sensitive)}</span>` : ''}</td>
</tr>`,
    ),
  )
