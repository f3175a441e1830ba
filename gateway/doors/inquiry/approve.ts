import { iso } from '../../../core/clock.ts'
import { keyedHash } from '../../../core/secrets.ts'
import type { Approval, Grant } from '../../approvals/approval.ts'
import type { Decision, ResponseFacts } from '../../policy/facts.ts'
import type { Desk } from '../door.ts'
import { fail } from './errors.ts'
import type { Inquiry } from './inquiry.ts'

/** What a grant is bound to: this person, on this connection and collection, asking this logical query. */
function binding(door: Desk, x: Inquiry) {
  x.logical ??= keyedHash(door.logicalKey, x.facts!.logical)
  const collection = x.facts!.collection
  return {
    person: x.identity!.person.id,
    connection: door.connection.name,
    ...(collection === undefined ? {} : { collection }),
    logical: x.logical,
  }
}

export async function findGrant(door: Desk, x: Inquiry): Promise<Grant | undefined> {
  const grant = await door.approvals.find(binding(door, x))
  if (grant) x.grant = grant
  return grant
}

/**
 * Asks for an approval and holds the request as long as its clients endure. Returns the grant, or throws what the
 * client is told: pending (it may come again), denied or expired. A client that goes away leaves it pending.
 */
export async function hold(
  door: Desk,
  x: Inquiry,
  decision: Decision,
  response: ResponseFacts | undefined,
): Promise<Grant> {
  const { approval } = await door.approvals.request({
    identity: x.identity!,
    ...(x.session && { session: x.session.id }),
    ...binding(door, x),
    route: x.facts!.route,
    shape: x.facts!.shape,
    traces: tracesOf(x, response),
    fields: response?.highRisk ?? [],
    rules: decision.rules,
    reason: decision.reason,
    reviewers: decision.reviewers,
  })
  x.approval = approval
  const settled = approval.status === 'pending' ? await wait(door, x, approval) : approval
  x.approval = settled
  if (settled.status === 'approved' && settled.grant) {
    x.grant = settled.grant
    return settled.grant
  }
  if (settled.status === 'pending') throw fail('TW_DOOR_APPROVAL_PENDING', { reason: decision.reason })
  throw fail('TW_DOOR_APPROVAL_DENIED', {
    reason: settled.decisions.at(-1)?.reason ?? `it is ${settled.status}`,
  })
}

async function wait(door: Desk, x: Inquiry, approval: Approval): Promise<Approval> {
  door.held(1)
  try {
    return await door.approvals.wait(approval.id, door.hold, x.goneSignal())
  } finally {
    door.held(-1)
  }
}

function tracesOf(x: Inquiry, response: ResponseFacts | undefined): Approval['traces'] {
  const requested = x.facts!.requested
  const asked = requested === undefined ? {} : { requested }
  if (!response) {
    const ids = x.facts!.traceIds ?? []
    return { count: ids.length || (requested ?? 0), ids, ...asked }
  }
  return {
    count: response.traces,
    ids: response.traceIds,
    ...asked,
    ...(response.content === undefined ? {} : { content: response.content }),
    ...(response.oldest === undefined ? {} : { oldest: iso(response.oldest) }),
    ...(response.newest === undefined ? {} : { newest: iso(response.newest) }),
  }
}

/** Spends a use of the grant on these traces, once a request. @throws TW_DOOR_GRANT_SPENT */
export async function claim(door: Desk, x: Inquiry, traceIds: readonly string[]): Promise<void> {
  if (!x.grant || x.claimed) return
  if (!(await door.approvals.claim(x.grant, traceIds))) throw fail('TW_DOOR_GRANT_SPENT')
  x.claimed = true
}
