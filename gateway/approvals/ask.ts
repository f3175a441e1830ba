import { type Clock, iso } from '../../core/clock.ts'
import type { ApprovalsConfig } from '../config.ts'
import type { Person } from '../identity/person.ts'
import type { Approval, ApprovalRequest } from './approval.ts'
import { fail } from './errors.ts'
import { matchOf, type Records } from './records.ts'
import { groupsFor } from './reviewers.ts'

interface Asking {
  records: Records
  config: ApprovalsConfig
  clock: Clock
  /** How usual it is for this user; asked only where a new approval is made. */
  usual: (user: string) => Promise<string | undefined>
}

/**
 * Asks, or joins the undecided request for the same. An approval is named after what it asks for and a count, so two
 * identical requests at once, on whatever replica, meet on one document.
 * @throws TW_APPROVAL_NOBODY, TW_APPROVAL_TOO_MANY
 */
export async function ask(
  input: ApprovalRequest,
  { records, config, clock, usual }: Asking,
): Promise<{ approval: Approval; joined: boolean }> {
  const draft = draftOf(input, config, clock.now())
  const match = matchOf(draft)
  const { approvals: earlier } = await records.list({ match, limit: 10 })
  const joinable = earlier.find((a) => a.status === 'pending')
  if (joinable) return { approval: joinable, joined: true }

  await withinBound(input.identity.person, records, config.per_person)
  const context = await usual(input.identity.person.user)
  // The list may lag behind; a document looked up by its id does not.
  for (let count = 1 + Math.max(0, ...earlier.map((a) => countOf(a.id))); ; ) {
    const approval: Approval = {
      id: `apr_${match.slice(0, 20)}-${count}`,
      ...draft,
      ...(context && { context }),
    }
    if (await records.create(approval.id, approval)) return { approval, joined: false }
    const there = await records.find(approval.id)
    if (there?.status === 'pending') return { approval: there, joined: true }
    if (there) count++
  }
}

const countOf = (id: string) => Number(/-(\d+)$/.exec(id)?.[1] ?? 0)

async function withinBound(person: Person, records: Records, limit: number): Promise<void> {
  let pending = 0
  let after: string | undefined
  do {
    const page = await records.list({
      person: person.id,
      status: 'pending',
      limit: 100,
      ...(after && { after }),
    })
    pending += page.approvals.length
    after = page.next
  } while (after !== undefined && pending < limit)
  if (pending >= limit) throw fail('TW_APPROVAL_TOO_MANY', { user: person.user, limit })
}

function draftOf(input: ApprovalRequest, config: ApprovalsConfig, now: number): Omit<Approval, 'id'> {
  const { identity, connection, collection, reviewers } = input
  const { id, user, name, email, team, roles, owner } = identity.person
  const groups = groupsFor(config, reviewers, connection, collection)
  if (groups.length === 0)
    throw fail('TW_APPROVAL_NOBODY', {
      groups: (reviewers.length ? reviewers : config.default_groups).join(', ') || 'no groups',
    })
  return {
    status: 'pending',
    requester: {
      person: id,
      user,
      roles,
      ...(name === undefined ? {} : { name }),
      ...(email === undefined ? {} : { email }),
      ...(team === undefined ? {} : { team }),
      ...(owner === undefined ? {} : { owner }),
    },
    connection,
    ...(collection === undefined ? {} : { collection }),
    route: input.route,
    shape: input.shape,
    logical: input.logical,
    traces: input.traces,
    fields: input.fields,
    rules: input.rules,
    reason: input.reason,
    highRisk: input.fields.length > 0,
    groups,
    minimum: config.minimum,
    decisions: [],
    created: iso(now),
    expires: iso(now + config.expire),
  }
}
