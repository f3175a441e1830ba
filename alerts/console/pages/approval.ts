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
<p>${statusTag(a.status)} ${a.highRisk ? html`<span class="tag high">high risk</span>` : ''}${brokenTag(a)}</p>
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
${a.decisions.length ? html`<h2>Decisions</h2><dl class="facts">${a.decisions.map((d) => html`<dt>${when(d.at)}</dt><dd>${d.via === 'break-glass' ? 'let through' : d.decision === 'approve' ? 'approved' : 'denied'} by ${d.by.user} (${d.via}): ${d.reason}</dd>`)}</dl>` : ''}
${a.brokenGlass?.review ? html`<h2>Review</h2><p>${a.brokenGlass.review.justified ? 'Justified' : 'Not justified'}, says ${a.brokenGlass.review.by} on ${when(a.brokenGlass.review.at)}: ${a.brokenGlass.review.reason}</p>` : ''}
</section><section class="card"><h2>Decide</h2>${decision(a, visitor)}</section></div>`
}

function decision(a: Approval, visitor: Visitor): Markup {
  const own = a.requester.person === visitor.identity.person.id
  const reviewer = a.groups.some((group) => visitor.groups.includes(group))
  const revocable = own || reviewer || visitor.admin
  if (a.brokenGlass && !a.brokenGlass.review && reviewer && !own) return reviewForm(a, visitor.csrf)
  const granted = a.status === 'approved' && a.grant
  if (granted)
    return html`<p>Granted until ${when(granted.expires)}, ${granted.scope === 'once' ? 'for one use' : `for up to ${granted.maxTraces} traces`}.${own ? ' Repeat the same request.' : ''}</p>${revocable ? revoke(a, visitor.csrf, 'Revoke') : ''}`
  if (a.status !== 'pending') return html`<p>It is ${a.status}. Repeating the request asks anew.</p>`
  if (own)
    return html`<p>This is your own request; somebody else decides. Repeat the same request once it is approved.</p>${revoke(a, visitor.csrf, 'Withdraw')}${visitor.mayBreakGlass ? breakGlass(a, visitor.csrf) : ''}`
  return reviewer ? decideForm(a, visitor.csrf) : html`<p>Reviewers of ${a.groups.join(', ')} decide.</p>`
}

const revoke = ({ id }: Approval, csrf: string, label: string): Markup =>
  html`<form class="stack" method="post" action="${approvalPath(id)}/revoke">${hidden(csrf)}${reasonField()}<button class="bad">${label}</button></form>`

const brokenTag = ({ brokenGlass }: Approval): Markup | '' =>
  brokenGlass
    ? html` <span class="tag high">break-glass${brokenGlass.review ? '' : ', to be reviewed'}</span>`
    : ''

const breakGlass = ({ id, highRisk }: Approval, csrf: string): Markup =>
  highRisk
    ? html`<p class="note">High-risk fields cannot be let through without a reviewer.</p>`
    : html`<details><summary>It cannot wait</summary><p>Break the glass: the request goes through, masked. The security team is alerted now, and a reviewer says afterwards whether it was justified.</p>
<form class="stack" method="post" action="${approvalPath(id)}/break-glass">${hidden(csrf)}${reasonField()}<button class="bad">Break the glass</button></form></details>`

const reviewForm = ({ id, requester }: Approval, csrf: string): Markup =>
  html`<p>${requester.name ?? requester.user} let this through without a reviewer. Was it justified?</p>
<form class="stack" method="post" action="${approvalPath(id)}/review">${hidden(csrf)}${reasonField()}
<div class="row"><button class="main" name="verdict" value="justified">Justified</button><button class="bad" name="verdict" value="not-justified">Not justified</button></div></form>`

const decideForm = ({ id, highRisk }: Approval, csrf: string): Markup => html`
${highRisk ? html`<p class="note">High risk: decide within minutes of signing in.</p>` : ''}
<form class="stack" method="post" action="${approvalPath(id)}/decide">${hidden(csrf)}
${reasonField()}
<label>Holds<select name="scope"><option value="once">for one use</option><option value="time">for a time</option></select></label>
<label>Minutes<input name="minutes" type="number" min="1" max="1440" value="15"></label>
<label>Most traces (for a time only; empty: those found)<input name="traces" type="number" min="1" max="1000"></label>
<div class="row"><button class="main" name="decision" value="approve">Approve</button><button class="bad" name="decision" value="deny">Deny</button></div>
</form>`
