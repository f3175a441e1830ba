import type { Approval } from '../../../gateway/port.ts'
import { ago, when } from '../format.ts'
import { html, type Markup } from '../html.ts'
import { empty, statusTag, withQuery } from '../layout.ts'
import type { Visitor } from '../visitor.ts'

export const APPROVAL_STATUSES = ['pending', 'approved', 'denied', 'expired', 'revoked'] as const

export const approvalsPage = (
  approvals: readonly Approval[],
  query: Readonly<Record<string, string | undefined>>,
  next: string | undefined,
  now: number,
): Markup => html`
<h1>Approvals</h1>
<form class="inline" method="get"><label>Status<select name="status"><option value="">all</option>${APPROVAL_STATUSES.map((s) => html`<option${query.status === s ? html` selected` : ''}>${s}</option>`)}</select></label><button>Show</button></form>
<div data-live="approvals">${
  approvals.length === 0
    ? empty('No approvals here.', 'Requests that need a reviewer appear as soon as they are held.')
    : html`<table><thead><tr><th>Status</th><th>Who</th><th>What</th><th class="num">Traces</th><th>Why</th><th>Asked</th></tr></thead><tbody>${approvals.map(
        (a) =>
          html`<tr><td>${statusTag(a.status)}</td><td>${a.requester.name ?? a.requester.user}${a.requester.team ? html` <span class="quiet">${a.requester.team}</span>` : ''}</td><td><a href="/approvals/${a.id}">${a.connection}${a.collection ? ` / ${a.collection}` : ''}</a><br><code>${a.shape}</code></td><td class="num">${a.traces.count}</td><td>${a.reason}</td><td>${ago(a.created, now)}</td></tr>`,
      )}</tbody></table>`
}</div>
${next ? html`<p><a href="${withQuery('/approvals', { ...query, after: next })}">Older</a></p>` : ''}`

/** One request: enough to decide on, nothing that is protected. */
export const approvalPage = (a: Approval, visitor: Visitor): Markup => {
  const own = a.requester.person === visitor.identity.person.id
  const reviewer = a.groups.some((group) => visitor.groups.includes(group))
  return html`
<p><a href="/approvals">← Approvals</a></p>
<h1>${a.requester.name ?? a.requester.user} asks for ${a.traces.count} ${a.traces.count === 1 ? 'trace' : 'traces'} from ${a.connection}</h1>
<p>${statusTag(a.status)} ${a.highRisk ? html`<span class="tag high">high risk</span>` : ''}</p>
<div class="two"><section class="card"><dl class="facts">
<dt>Why it is held</dt><dd>${a.reason}</dd>
<dt>Who</dt><dd>${a.requester.user}${a.requester.team ? `, ${a.requester.team}` : ''}${a.requester.roles.length ? ` (${a.requester.roles.join(', ')})` : ''}</dd>
<dt>From</dt><dd>${a.connection}${a.collection ? ` / ${a.collection}` : ''}</dd>
<dt>Request</dt><dd><code>${a.shape}</code></dd>
<dt>Traces</dt><dd>${a.traces.count}${a.traces.requested ? ` (asked for up to ${a.traces.requested})` : ''}${a.traces.oldest ? html`, from ${when(a.traces.oldest)}` : ''}${a.traces.newest ? html` to ${when(a.traces.newest)}` : ''}</dd>
${a.fields.length ? html`<dt>High-risk fields</dt><dd>${a.fields.join(', ')}</dd>` : ''}
${a.context ? html`<dt>How usual</dt><dd>${a.context}</dd>` : ''}
<dt>Rules</dt><dd>${a.rules.join(', ')}</dd>
<dt>Asked</dt><dd>${a.groups.join(', ')}; ${a.minimum === 1 ? 'one approval' : `${a.minimum} approvals`} needed</dd>
<dt>Created</dt><dd>${when(a.created)}; expires ${when(a.expires)}</dd>
</dl>
${a.decisions.length ? html`<h2>Decisions</h2><dl class="facts">${a.decisions.map((d) => html`<dt>${when(d.at)}</dt><dd>${d.decision} by ${d.by.user} (${d.via}) — ${d.reason}</dd>`)}</dl>` : ''}
</section><section class="card"><h2>Decide</h2>${
    a.status === 'approved' && a.grant && (reviewer || visitor.admin)
      ? html`<p>Granted until ${when(a.grant.expires)}, ${a.grant.scope === 'once' ? 'for one use' : 'time-boxed'}.</p><form class="stack" method="post" action="/approvals/${a.id}/revoke"><input type="hidden" name="csrf" value="${visitor.csrf}"><label>Reason<textarea name="reason" required maxlength="1000"></textarea></label><button class="bad">Revoke</button></form>`
      : a.status !== 'pending'
        ? html`<p>It is ${a.status}.</p>`
        : own
          ? html`<p>This is your own request; somebody else decides. Repeat the same request once it is approved.</p>`
          : !reviewer
            ? html`<p>Reviewers of ${a.groups.join(', ')} decide.</p>`
            : decideForm(a, visitor.csrf)
  }</section></div>`
}

const decideForm = (
  a: Approval,
  csrf: string,
): Markup => html`<form class="stack" method="post" action="/approvals/${a.id}/decide">
<input type="hidden" name="csrf" value="${csrf}">
<label>Reason<textarea name="reason" required maxlength="1000"></textarea></label>
<label>Holds<select name="scope"><option value="once">for one use</option><option value="time">for a time</option></select></label>
<label>Minutes<input name="minutes" type="number" min="1" max="1440" value="15"></label>
<div class="row"><button class="main" name="decision" value="approve">Approve</button><button class="bad" name="decision" value="deny">Deny</button></div>
</form>`
