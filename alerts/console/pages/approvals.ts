import type { Approval } from '../../../gateway/port.ts'
import { APPROVAL_STATUSES } from '../api/approvals.ts'
import { ago } from '../format.ts'
import { html, type Markup } from '../html.ts'
import { approvalPath, choice, clip, empty, statusTag, table, withQuery } from '../layout.ts'
import type { Fields } from '../surface.ts'
import type { Visitor } from '../visitor.ts'

export interface ApprovalsView {
  approvals: readonly Approval[]
  query: Fields
  next: string | undefined
  now: number
  visitor: Visitor
}

export const approvalsPage = ({ approvals, query, next, now, visitor }: ApprovalsView): Markup => {
  const others = visitor.auditor || visitor.groups.length > 0
  return html`
<h1>${others ? 'Approvals' : 'Your requests'}</h1>
<form class="inline" method="get" role="search" aria-label="Filter approvals">${choice('status', 'Status', 'all', APPROVAL_STATUSES, query.status)}${others ? html`<label>User<input name="user" value="${query.user}" placeholder="user id" maxlength="200"></label>` : ''}<button>Show</button></form>
<div data-live="approvals">${
    approvals.length === 0
      ? empty(
          query.status || query.user ? 'Nothing matches this filter.' : 'No requests yet.',
          others
            ? 'A request that needs a reviewer appears as soon as it is held.'
            : 'When a request of yours is held for approval, it appears here with what became of it.',
        )
      : approvalsTable(approvals, now)
  }</div>
${next ? html`<p><a class="button" rel="next" href="${withQuery('/approvals', { ...query, after: next })}">Older</a></p>` : ''}`
}

export const approvalsTable = (approvals: readonly Approval[], now: number): Markup =>
  table(
    'Approvals',
    ['Status', 'Who', 'What', { num: 'Traces' }, 'Why it is held', 'Asked'],
    approvals.map(
      (
        a,
      ) => html`<tr><td>${statusTag(a.status)}${a.highRisk ? html` <span class="tag high">high risk</span>` : ''}</td>
<td>${clip(a.requester.name ?? a.requester.user, 60)}${a.requester.team ? html` <span class="quiet">${clip(a.requester.team, 60)}</span>` : ''}</td>
<td class="wide"><a href="${approvalPath(a.id)}">${clip([a.connection, a.collection].filter(Boolean).join(' / '), 120)}</a><br><code>${clip(a.shape)}</code></td>
<td class="num">${a.traces.count}</td><td>${clip(a.reason)}</td><td>${ago(a.created, now)}</td></tr>`,
    ),
  )
