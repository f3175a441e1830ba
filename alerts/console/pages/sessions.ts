import type { AggregateRow } from '../../../collector/port.ts'
import type { SessionEvent } from '../../../core/event.ts'
import { bytes, number, when } from '../format.ts'
import { html, type Markup } from '../html.ts'
import { empty, statusTag, withQuery } from '../layout.ts'

type Query = Readonly<Record<string, string | undefined>>

const filters = (query: Query): Markup => html`<form class="inline" method="get">
<label>User<input name="user" value="${query.user ?? ''}" placeholder="user id"></label>
<label>Connection<input name="connection" value="${query.connection ?? ''}"></label>
<label>Collection<input name="collection" value="${query.collection ?? ''}"></label>
<label>Words<input name="text" value="${query.text ?? ''}" placeholder="reason, shape, rule"></label>
<label>From<input name="from" value="${query.from ?? ''}" placeholder="2026-11-20T00:00:00Z"></label>
<label>To<input name="to" value="${query.to ?? ''}"></label>
<button>Search</button></form>`

export const sessionsPage = (rows: readonly AggregateRow[], query: Query): Markup => html`
<h1>Sessions</h1>
${filters(query)}
<div data-live="sessions">${
  rows.length === 0
    ? empty('No sessions found.', 'Widen the filter, or wait for the first request through a door.')
    : html`<table><thead><tr><th>Session</th><th>User</th><th>Connection</th><th class="num">Events</th><th class="num">Traces</th><th class="num">Released</th><th>First</th><th>Last</th></tr></thead><tbody>${rows.map(
        ({ key: [user, session, connection], ...row }) =>
          html`<tr><td><a href="/sessions/${session}"><code>${session}</code></a></td><td><a href="${withQuery('/sessions', { user })}">${user}</a></td><td>${connection}</td><td class="num">${number(row.events)}</td><td class="num">${number(row.traces)}</td><td class="num">${bytes(row.bytes)}</td><td>${when(row.first)}</td><td>${when(row.last)}</td></tr>`,
      )}</tbody></table>`
}</div>`

export const sessionPage = (
  id: string,
  events: readonly SessionEvent[],
  csrf: string,
  total: number,
): Markup => {
  const first = events[0]
  const last = events.at(-1)
  return html`
<p><a href="/sessions">← Sessions</a></p>
<h1>Session of ${first?.user?.id ?? 'unknown'}</h1>
<div class="two"><section class="card"><dl class="facts">
<dt>Session</dt><dd><code>${id}</code></dd>
<dt>Who</dt><dd>${first?.user?.name ?? first?.user?.id ?? 'unknown'}${first?.user?.group?.name ? `, ${first.user.group.name}` : ''}</dd>
<dt>From</dt><dd>${first?.source?.ip ?? 'unknown'} <span class="quiet">${first?.user_agent?.original ?? ''}</span></dd>
<dt>Connection</dt><dd>${first?.tracewarden.connection?.name ?? 'unknown'}</dd>
<dt>Time</dt><dd>${first ? when(first['@timestamp']) : ''} to ${last ? when(last['@timestamp']) : ''}</dd>
<dt>End</dt><dd>${last?.event.action === 'session-end' ? (last.tracewarden.session.end ?? 'unknown') : 'still open'}</dd>
</dl></section>
<section class="card"><h2>Recording</h2><p class="quiet">What this user saw, masked again under today’s policy. Opening it is recorded, with your reason.</p>
<form class="stack" method="post" action="/sessions/${id}/replay"><input type="hidden" name="csrf" value="${csrf}"><label>Reason<input name="reason" required maxlength="500" placeholder="case or alert"></label><button class="main">Open the recording</button></form></section></div>
<h2>Events</h2>
${total > events.length ? html`<p class="quiet">The first ${events.length} of ${total}.</p>` : ''}
<table><thead><tr><th>Time</th><th>What</th><th>Outcome</th><th>Request</th><th class="num">Traces</th><th class="num">Bytes</th><th>Masked / displayed</th></tr></thead><tbody>${events.map(
    (event) => {
      const tw = event.tracewarden
      return html`<tr><td>${when(event['@timestamp'])}</td><td>${event.event.action}${tw.request?.phase ? html` <span class="quiet">${tw.request.phase}</span>` : ''}${tw.bypass?.length ? html`<br><span class="tag high">${tw.bypass.join(', ')}</span>` : ''}</td><td>${statusTag(event.event.outcome)}${tw.mode === 'observe' ? html` <span class="tag">observe</span>` : ''}${event.event.reason ? html`<br><span class="quiet">${event.event.reason}</span>` : ''}</td><td><code>${tw.statement?.shape ?? ''}</code></td><td class="num">${tw.traces?.count ?? ''}</td><td class="num">${tw.bytes === undefined ? '' : bytes(tw.bytes)}</td><td>${tw.fields?.masked?.join(', ') ?? ''}${tw.fields?.sensitive?.length ? html`<br><span class="tag medium">${tw.fields.sensitive.join(', ')}</span>` : ''}</td></tr>`
    },
  )}</tbody></table>`
}
