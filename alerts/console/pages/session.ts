import type { SessionEvent } from '../../../core/event.ts'
import type { RecordingSummary } from '../../../gateway/port.ts'
import { bytes, number, when } from '../format.ts'
import { html, type Markup } from '../html.ts'
import { clip, hidden, sessionPath, userPath } from '../layout.ts'
import type { Visitor } from '../visitor.ts'
import { eventsTable } from './events.ts'

export interface SessionView {
  id: string
  events: readonly SessionEvent[]
  total: number
  recording: RecordingSummary | null
}

export function sessionPage({ id, events, total, recording }: SessionView, visitor: Visitor): Markup {
  const first = events[0]
  const last = events.at(-1)
  const user = first?.user?.id
  const zone = first?.tracewarden.person?.timezone
  const end = last?.event.action === 'session-end' ? last.tracewarden.session.end : undefined
  return html`
<p><a href="/sessions">← Sessions</a></p>
<h1>Session of ${clip(first?.user?.name ?? user ?? 'unknown', 120)}</h1>
<div class="two"><section class="card"><h2>Who and when</h2><dl class="facts">
<dt>Session</dt><dd><code>${id}</code></dd>
<dt>Who</dt><dd>${user ? html`<a href="${userPath(user)}">${user}</a>` : 'unknown'}${first?.user?.group?.name ? `, ${first.user.group.name}` : ''}${first?.tracewarden.person?.actor ? html` <span class="quiet">through the agent ${first.tracewarden.person.actor}</span>` : ''}</dd>
<dt>From</dt><dd>${first?.source?.ip ?? 'unknown'} <span class="quiet">${first?.user_agent?.original ? clip(first.user_agent.original) : ''}</span></dd>
<dt>Connection</dt><dd>${first?.tracewarden.connection?.name ?? 'unknown'}</dd>
<dt>First</dt><dd>${first ? when(first['@timestamp'], zone) : 'unknown'}</dd>
<dt>Last</dt><dd>${last ? when(last['@timestamp'], zone) : 'unknown'}</dd>
<dt>End</dt><dd>${end ?? (last?.event.action === 'session-end' ? 'unknown' : 'still open')}</dd>
</dl></section>
<section class="card"><h2>Recording</h2>${about(id, recording, visitor, user)}</section></div>
<h2>Events</h2>
${total > events.length ? html`<p class="quiet">The last ${number(events.length)} of ${number(total)}.</p>` : ''}
${eventsTable(events)}
<p><a href="/api/v1${sessionPath(id)}">As JSON</a></p>`
}

function about(
  id: string,
  recording: RecordingSummary | null,
  { csrf, identity }: Visitor,
  user?: string,
): Markup {
  if (!recording)
    return html`<p class="quiet">There is none: this session was not recorded, its person was erased, or it is older than recordings are kept.</p>`
  if (user === identity.person.user)
    return html`<p>This is your own session: somebody else may open its recording.</p>`
  return html`<p class="quiet">${recording.sealed ? (recording.bytes ? `Complete, ${bytes(recording.bytes)}.` : 'Nothing was displayed in it.') : 'The session is still being recorded.'}${recording.damage ? ` It is ${recording.damage}: what follows that is lost.` : ''} What this user saw, masked again under today’s policy. Opening it is recorded, with your reason.</p>
<form class="stack" method="post" action="${sessionPath(id)}/replay">${hidden(csrf)}<label>Reason<input name="reason" required minlength="3" maxlength="500" placeholder="case or alert"></label><button class="main">Open the recording</button></form>`
}
