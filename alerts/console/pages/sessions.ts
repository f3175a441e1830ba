import { asField, bytes, moment, number } from '../format.ts'
import { html, type Markup } from '../html.ts'
import { clip, empty, sessionPath, table, userPath, withQuery } from '../layout.ts'
import type { Fields } from '../surface.ts'

export interface SessionRow {
  session: string
  user: string
  connection: string
  events: number
  traces: number
  bytes: number
  first: string
  last: string
}

const filters = (
  query: Fields,
): Markup => html`<form class="inline" method="get" role="search" aria-label="Search sessions">
<label>User<input name="user" value="${query.user}" placeholder="user id" maxlength="200"></label>
<label>Connection<input name="connection" value="${query.connection}" maxlength="200"></label>
<label>Collection<input name="collection" value="${query.collection}" maxlength="200"></label>
<label>Words<input name="text" value="${query.text}" placeholder="reason, shape, rule" maxlength="200"></label>
<label>From (UTC)<input name="from" type="datetime-local" value="${asField(query.from)}"></label>
<label>To (UTC)<input name="to" type="datetime-local" value="${asField(query.to)}"></label>
<button>Search</button></form>`

export const sessionsPage = (rows: readonly SessionRow[], query: Fields, limit: number): Markup => html`
<h1>Sessions</h1>
${filters(query)}
<div data-live="sessions">${
  rows.length === 0
    ? empty('No sessions found.', 'Widen the filter, or wait for the first request through a door.')
    : sessionsTable(rows)
}</div>
${rows.length >= limit ? html`<p><a class="button" rel="next" href="${withQuery('/sessions', { ...query, to: rows.at(-1)?.last })}">Older</a> <span class="quiet">Sums of a session on both pages are split.</span></p>` : ''}`

export const sessionsTable = (rows: readonly SessionRow[]): Markup =>
  table(
    'Sessions',
    [
      'Session',
      'User',
      'Connection',
      { num: 'Events' },
      { num: 'Traces' },
      { num: 'Released' },
      'First (UTC)',
      'Last (UTC)',
    ],
    rows.map(
      ({ session, user, connection, ...row }) =>
        html`<tr><td class="nowrap"><a href="${sessionPath(session)}"><code>${clip(session, 60)}</code></a></td><td class="nowrap">${user ? html`<a href="${userPath(user)}">${clip(user, 60)}</a>` : ''}</td><td>${clip(connection, 60)}</td><td class="num">${number(row.events)}</td><td class="num">${number(row.traces)}</td><td class="num">${bytes(row.bytes)}</td><td>${moment(row.first)}</td><td>${moment(row.last)}</td></tr>`,
    ),
  )
