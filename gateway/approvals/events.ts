import { type Clock, iso } from '../../core/clock.ts'
import type { EventAction, EventDraft } from '../../core/event.ts'
import type { Approval } from './approval.ts'

export type ApprovalAction = Extract<EventAction, `approval-${string}` | 'break-glass' | 'alert-triage'>

/**
 * `user` is who acted: the requester on approval-request and approval-expire, the reviewer on approval-grant and
 * approval-deny, whoever did it on approval-revoke and break-glass (the requester, and then the reviewer). The requester is always in `tracewarden.approval.requester`.
 */
export function approvalEvent(
  clock: Clock,
  action: ApprovalAction,
  approval: Approval,
  by: { user: string; roles?: readonly string[]; reason?: string; session?: string },
): EventDraft {
  const { traces } = approval
  return {
    '@timestamp': iso(clock.now()),
    event: {
      kind: 'event',
      category: ['iam'],
      type: [action === 'approval-request' ? 'creation' : 'change'],
      action,
      outcome: action === 'approval-deny' || action === 'approval-expire' ? 'failure' : 'success',
      reason: by.reason ?? approval.reason,
    },
    user: { id: by.user, ...(by.roles === undefined ? {} : { roles: [...by.roles] }) },
    tracewarden: {
      session: { id: by.session ?? `approval:${approval.id}` },
      connection: { name: approval.connection },
      ...(approval.collection === undefined ? {} : { collection: approval.collection }),
      statement: { shape: approval.shape, hash: approval.logical },
      rules: [...approval.rules],
      approval: {
        id: approval.id,
        requester: approval.requester.user,
        asked: [...approval.groups],
        status: approval.status,
        high_risk: approval.highRisk,
        // Not `tracewarden.traces`: those are sums of what was released, and nothing was.
        traces: {
          count: traces.count,
          requested: traces.requested,
          oldest: traces.oldest,
          newest: traces.newest,
        },
        ...(approval.grant === undefined ? {} : { grant: approval.grant.id }),
        ...(action === 'approval-grant' || action === 'approval-deny'
          ? { reviewer: by.user, waited_ms: Math.max(0, clock.now() - Date.parse(approval.created)) }
          : {}),
        ...(by.reason === undefined ? {} : { reason: by.reason }),
      },
    },
  }
}
