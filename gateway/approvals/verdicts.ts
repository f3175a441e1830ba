import { iso } from '../../core/clock.ts'
import type { ApprovalsConfig } from '../config.ts'
import type { Identity, Person } from '../identity/person.ts'
import type { Approval, ApprovalDecision, ApprovalVerdict, Grant } from './approval.ts'
import { fail } from './errors.ts'
import { isOwn, isReviewer, sameVoice, voiceOf } from './reviewers.ts'

const LONGEST_REASON = 500
/** The most a reviewer may let one query have; more than that nobody reviews. */
const MOST_TRACES = 1000

export interface Rules {
  approvals: ApprovalsConfig
  /** ms: identity.session.fresh. */
  fresh: number
  now: number
  lookup: (user: string) => Person | undefined
}

/**
 * Pure: the approval with this reviewer's decision in it. A denial decides at once, approvals as soon as there are
 * enough.
 * @throws TW_APPROVAL_DECIDED, _OWN, _NOT_REVIEWER, _TWICE, _CONSOLE, _STALE_SIGN_IN, _REASON, _SCOPE
 */
export function decided(
  approval: Approval,
  reviewer: Identity,
  verdict: ApprovalVerdict,
  rules: Rules,
): Approval {
  admit(approval, reviewer, verdict, rules)
  const decision = decisionOf(reviewer, verdict, rules)
  const decisions = [...approval.decisions, decision]
  if (verdict.decision === 'deny') return { ...approval, status: 'denied', decisions }
  const approvals = decisions.filter((d) => d.decision === 'approve').length
  return { ...approval, status: approvals >= approval.minimum ? 'approved' : 'pending', decisions }
}

function admit(approval: Approval, reviewer: Identity, verdict: ApprovalVerdict, rules: Rules): void {
  const { person, credential } = reviewer
  const { user } = person
  if (isOwn(approval, person, rules.lookup)) throw fail('TW_APPROVAL_OWN')
  if (!isReviewer(rules.approvals, approval, person))
    throw fail('TW_APPROVAL_NOT_REVIEWER', { user, groups: approval.groups.join(', ') })
  if (approval.status !== 'pending') throw fail('TW_APPROVAL_DECIDED', { status: approval.status })
  const approvals = approval.decisions.filter((d) => d.decision === 'approve')
  if (approval.decisions.some((d) => sameVoice(d.by, voiceOf(person))))
    throw fail('TW_APPROVAL_TWICE', { user, missing: approval.minimum - approvals.length })
  if (!approval.highRisk) return
  if (verdict.via === 'slack' || credential.kind === 'slack')
    throw fail('TW_APPROVAL_CONSOLE', { fields: approval.fields.join(', ') })
  if (rules.now - credential.authenticated > rules.fresh)
    throw fail('TW_APPROVAL_STALE_SIGN_IN', { minutes: Math.floor(rules.fresh / 60e3) })
}

/** @throws TW_APPROVAL_REASON */
export function reasonOf(text: string): string {
  const reason = text.trim()
  if (reason === '' || reason.length > LONGEST_REASON)
    throw fail('TW_APPROVAL_REASON', { longest: LONGEST_REASON })
  return reason
}

function decisionOf(reviewer: Identity, verdict: ApprovalVerdict, rules: Rules): ApprovalDecision {
  const { id, user, email } = reviewer.person
  const reason = reasonOf(verdict.reason)
  const { max_grant } = rules.approvals
  const { scope, duration, traces } = verdict
  const refuse = (problem: string) => fail('TW_APPROVAL_SCOPE', { problem })
  if (duration !== undefined && !(duration > 0 && duration <= max_grant))
    throw refuse(`it may last at most ${Math.floor(max_grant / 60e3)} min`)
  if (traces !== undefined && scope !== 'time') throw refuse('a number of traces needs the scope `time`')
  if (traces !== undefined && !(Number.isInteger(traces) && traces > 0 && traces <= MOST_TRACES))
    throw refuse(`it may hold 1 to ${MOST_TRACES} traces`)
  return {
    by: { person: id, user, ...(email === undefined ? {} : { email }) },
    via: verdict.via,
    decision: verdict.decision,
    reason,
    at: iso(rules.now),
    ...(scope === undefined ? {} : { scope }),
    ...(duration === undefined ? {} : { duration }),
    ...(traces === undefined ? {} : { traces }),
  }
}

/** The grant of an approved request: of what several reviewers gave, the narrowest. */
export function grantOf(approval: Approval, id: string, rules: Pick<Rules, 'approvals' | 'now'>): Grant {
  const approvals = approval.decisions.filter((d) => d.decision === 'approve')
  const once = approvals.some((d) => d.scope !== 'time')
  const wider = !once && approvals.every((d) => d.traces !== undefined)
  const life = Math.min(
    ...approvals.map((d) => d.duration ?? rules.approvals.grant),
    rules.approvals.max_grant,
  )
  const { traces } = approval
  return {
    id,
    approval: approval.id,
    person: approval.requester.person,
    connection: approval.connection,
    ...(approval.collection === undefined ? {} : { collection: approval.collection }),
    logical: approval.logical,
    ...(wider
      ? { maxTraces: Math.min(...approvals.map((d) => d.traces ?? traces.count)) }
      : {
          maxTraces: traces.count,
          traceIds: traces.ids,
          ...(traces.content === undefined ? {} : { content: traces.content }),
        }),
    fields: approval.fields,
    scope: once ? 'once' : 'time',
    expires: iso(rules.now + life),
    ...(approval.brokenGlass ? { masked: true } : {}),
  }
}
