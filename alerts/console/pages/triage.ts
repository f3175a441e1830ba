import type { Alert } from '../../lifecycle/alert.ts'
import { type Proposal, proposed } from '../../lifecycle/pair.ts'
import { VERDICTS } from '../api/alerts.ts'
import { when } from '../format.ts'
import { html, type Markup } from '../html.ts'
import { alertPath, button, hidden, reasonField } from '../layout.ts'
import type { Visitor } from '../visitor.ts'

/** What can be done about an alert now. */
export function triage(alert: Alert, { csrf, identity }: Visitor): Markup {
  if (alert.user?.id === identity.person.user)
    return html`<p>This alert is about you: somebody else has to triage it.</p>`
  const at = alertPath(alert.id)
  const pair = alert.proposal ? second(alert.proposal, at, csrf, identity.person.user) : ''
  if (alert.status === 'closed')
    return html`<p>Closed as <b>${alert.verdict}</b>. A later, more severe revision opens it again.</p>
<form class="stack" method="post" action="${at}/reopen">${hidden(csrf)}${reasonField()}<button>Open again</button></form>`
  return html`${pair}
${alert.assignee ? html`<p class="quiet">With ${alert.assignee}.</p>` : ''}
<div class="row">${alert.status === 'open' ? button(csrf, `${at}/acknowledge`, 'Acknowledge') : ''}${alert.status !== 'investigating' ? button(csrf, `${at}/investigate`, 'Investigate') : ''}</div>
<form class="stack" method="post" action="${at}/close">${hidden(csrf)}
<label>Verdict<select name="verdict">${VERDICTS.map((verdict) => html`<option value="${verdict}">${verdict.replace('-', ' ')}</option>`)}</select></label>
${alert.certain ? '' : html`<label>Known for, in days<input name="days" type="number" min="1" max="90" placeholder="as config says"></label>`}
${reasonField()}
<button class="${alert.proposal ? '' : 'main'}">Close</button>
</form>
<p class="quiet">${alert.certain ? 'It states a fact: no verdict keeps the next one quiet.' : 'False positive or benign: for that time the like of it, no graver and not much rarer, waits for the digest, adds no risk and is learned.'} About your own team a second person confirms.</p>
${alert.suppression ? html`<p class="quiet">Suppressed by ${alert.suppression.by} until ${when(alert.suppression.until)}: ${alert.suppression.reason}. <a href="/suppressions">Suppressions</a></p>` : suppress(alert, csrf)}`
}

/** What the first person proposed, and what the second can do about it. */
const second = (proposal: Proposal, at: string, csrf: string, visitor: string): Markup =>
  html`<div class="note"><p><b>Proposed: ${proposed(proposal)}</b> by ${proposal.by}, ${when(proposal.at)}: ${proposal.reason}</p>
<p class="quiet">${proposal.by === visitor ? 'It needs a second person; you can withdraw it.' : 'You are the second person, if you agree.'}</p>
<div class="row">${proposal.by === visitor ? '' : button(csrf, `${at}/confirm`, 'Confirm', 'main')}</div>
<form class="stack" method="post" action="${at}/decline">${hidden(csrf)}${reasonField()}<button>${proposal.by === visitor ? 'Withdraw' : 'Decline'}</button></form></div>`

const suppress = ({ id, severity }: Alert, csrf: string): Markup =>
  html`<details><summary>Suppress</summary><p class="quiet">This detector tells nobody about this subject for some days, unless the severity rises above ${severity}. It goes on looking.</p>
<form class="stack" method="post" action="${alertPath(id)}/suppress">${hidden(csrf)}<label>Days<input name="days" type="number" min="1" max="90" value="7" required></label>${reasonField()}<button>Suppress up to ${severity}</button></form></details>`
