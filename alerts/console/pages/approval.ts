import type { Approval } from '../../../gateway/port.ts'
import { when } from '../format.ts'
import { html, type Markup } from '../html.ts'
import { approvalPath, clip, hidden, reasonField, statusTag, userPath } from '../layout.ts'
import type { Visitor } from '../visitor.ts'

/** One request: enough to decide on, nothing that is protected. */
export const approvalPage = (a: Approval, visitor: Visitor): Markup => {
  const who = a.requester.name ?? a.requester.user
  return html`
<p><a href="/approvals">← Approvals</a></p>
<h1>${clip(who, 120)} asks for ${a.traces.count} ${a.traces.count === 1 ? 'trace' : 'traces'} from ${a.connection}</h1>
<p>${statusTag(a.status)} ${a.highRisk ? html`<span class="tag high">high risk</span>` : ''}</p>
<div class="two"><section class="card"><h2>The request</h2><dl class="facts">
<dt>Why it is held</dt><dd>${a.reason}</dd>
<dt>Who</dt><dd>${visitor.auditor ? html`<a href="${userPath(a.requester.user)}">${a.requester.user}</a>` : a.requester.user}${a.requester.team ? `, ${a.requester.team}` : ''}${a.requester.roles.length ? ` (${a.requester.roles.join(', ')})` : ''}</dd>
<dt>From</dt><dd>${a.connection}${a.collection ? ` / ${a.collection}` : ''}</dd>
<dt>Request</dt><dd><code>${a.shape}</code></dd>
<dt>Traces</dt><dd>${a.traces.count}${a.traces.requested ? ` (asked for up to ${a.traces.requested})` : ''}${a.traces.oldest ? html`, from ${when(a.traces.oldest)}` : ''}${a.traces.newest ? html` to ${when(a.traces.newest)}` : ''}</dd>
${a.fields.length ? html`<dt>High-risk fields</dt><dd>${a.fields.join(', ')}</dd>` : ''}
${a.context ? html`<dt>How usual</dt><dd>${a.context}</dd>` : ''}
<dt>Rules</dt><dd>${a.rules.join(', ')}</dd>
<dt>Asked</dt><dd>${a.groups.join(', ')}; ${a.minimum === 1 ? 'one approval' : `${a.minimum} approvals`} needed</dd>
<dt>Created</dt><dd>${when(a.created)}</dd>
<dt>Expires</dt><dd>${when(a.expires)}</dd>
</dl>
${a.decisions.length ? html`<h2>Decisions</h2><dl class="facts">${a.decisions.map((d) => html`<dt>${when(d.at)}</dt><dd>${d.decision === 'approve' ? 'approved' : 'denied'} by ${d.by.user} (${d.via}): ${d.reason}</dd>`)}</dl>` : ''}
</section><section class="card"><h2>Decide</h2>${decision(a, visitor)}</section></div>`
}

function decision(a: Approval, visitor: Visitor): Markup {
  const own = a.requester.person === visitor.identity.person.id
  const reviewer = a.groups.some((group) => visitor.groups.includes(group))
  const revocable = own || reviewer || visitor.admin
  const granted = a.status === 'approved' && a.grant
  if (granted)
    return html`<p>Granted until ${when(granted.expires)}, ${granted.scope === 'once' ? 'for one use' : `for up to ${granted.maxTraces} traces`}.${own ? ' Repeat the same request.' : ''}</p>${revocable ? revoke(a, visitor.csrf, 'Revoke') : ''}`
  if (a.status !== 'pending') return html`<p>It is ${a.status}. Repeating the request asks anew.</p>`
  if (own)
    return html`<p>This is your own request; somebody else decides. Repeat the same request once it is approved.</p>${revoke(a, visitor.csrf, 'Withdraw')}`
  return reviewer ? decideForm(a, visitor.csrf) : html`<p>Reviewers of ${a.groups.join(', ')} decide.</p>`
}

const revoke = ({ id }: Approval, csrf: string, label: string): Markup =>
  html`<form class="stack" method="post" action="${approvalPath(id)}/revoke">${hidden(csrf)}${reasonField()}<button class="bad">${label}</button></form>`

const decideForm = ({ id, highRisk }: Approval, csrf: string): Markup => html`
${highRisk ? html`<p class="note">High risk: decide within minutes of signing in.</p>` : ''}
<form class="stack" method="post" action="${approvalPath(id)}/decide">${hidden(csrf)}
${reasonField()}
<label>Holds<select name="scope"><option value="once">for one use</option><option value="time">for a time</option></select></label>
<label>Minutes<input name="minutes" type="number" min="1" max="1440" value="15"></label>
<label>Most traces (for a time only; empty: those found)<input name="traces" type="number" min="1" max="1000"></label>
<div class="row"><button class="main" name="decision" value="approve">Approve</button><button class="bad" name="decision" value="deny">Deny</button></div>
</form>`
