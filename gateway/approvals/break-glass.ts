import type { Documents } from '../../collector/port.ts'
import { iso } from '../../core/clock.ts'
import { CodedError } from '../../core/errors.ts'
import type { KeyRing, Signed } from '../../core/signing.ts'
import type { Identity, Person } from '../identity/person.ts'
import type { Approval } from './approval.ts'
import { fingerprint } from './documents.ts'
import { fail } from './errors.ts'
import { isOwn, isReviewer } from './reviewers.ts'
import { type Rules, reasonOf } from './verdicts.ts'

/**
 * Break-glass: in an emergency the requester lets their own request through. What is shown stays masked, it is capped,
 * alerts at once and is reviewed afterwards. Pure.
 *
 *   pending ─▶ approved by its own requester, review open ─▶ reviewed: justified or not
 */
export function broken(
  approval: Approval,
  requester: Identity,
  reason: string,
  rules: Rules,
  earlier: readonly Approval[] = [],
): Approval {
  const { person } = requester
  const { break_glass: config } = rules.approvals
  const refuse = (problem: string) => fail('TW_APPROVAL_BREAK_GLASS', { problem })
  if (approval.requester.person !== person.id) throw fail('TW_APPROVAL_NOT_YOURS', { user: person.user })
  if (approval.status !== 'pending') throw fail('TW_APPROVAL_DECIDED', { status: approval.status })
  if (person.kind !== 'human' || !person.roles.some((role) => config.roles.includes(role)))
    throw refuse(`it is for ${config.roles.join(', ') || 'nobody'}`)
  if (approval.highRisk) throw refuse(`high-risk fields (${approval.fields.join(', ')}) need a reviewer`)
  if (approval.traces.count > config.max_traces)
    throw refuse(`it lets through at most ${config.max_traces} traces`)
  if (earlier.some(({ brokenGlass }) => brokenGlass && !brokenGlass.review))
    throw refuse('your last one has not been reviewed yet')
  const at = iso(rules.now)
  const { id, user, email } = person
  return {
    ...approval,
    status: 'approved',
    brokenGlass: { at },
    decisions: [
      ...approval.decisions,
      {
        by: { person: id, user, ...(email === undefined ? {} : { email }) },
        via: 'break-glass',
        decision: 'approve',
        reason: reasonOf(reason),
        at,
        duration: config.grant,
      },
    ],
  }
}

/** Pure: the approval with what a reviewer, never the requester, says of it afterwards. */
export function reviewed(
  approval: Approval,
  reviewer: Person,
  input: { justified: boolean; reason: string },
  rules: Rules,
): Approval {
  const { brokenGlass } = approval
  if (!brokenGlass || brokenGlass.review) throw fail('TW_APPROVAL_NO_REVIEW', { id: approval.id })
  if (isOwn(approval, reviewer, rules.lookup)) throw fail('TW_APPROVAL_OWN')
  if (!isReviewer(rules.approvals, approval, reviewer))
    throw fail('TW_APPROVAL_NOT_REVIEWER', { user: reviewer.user, groups: approval.groups.join(', ') })
  const review = {
    by: reviewer.user,
    at: iso(rules.now),
    justified: input.justified,
    reason: reasonOf(input.reason),
  }
  return { ...approval, brokenGlass: { ...brokenGlass, review } }
}

const KIND = 'lease'

/** Takes the person's turn, by compare-and-set: once in `every`, on whatever replica. @throws TW_APPROVAL_BREAK_GLASS */
export async function takeTurn(
  { documents, keyRing }: { documents: Documents; keyRing: KeyRing },
  person: string,
  { now, every }: { now: number; every: number },
): Promise<void> {
  const again = fail('TW_APPROVAL_BREAK_GLASS', {
    problem: `you did it lately; it may be done once in ${Math.max(1, Math.round(every / 3600e3))} h`,
  })
  const id = `break-glass-${fingerprint(person)}`
  const stored = await documents.get<Signed<{ at: number }>>(KIND, id)
  if (stored) {
    const last = keyRing.open<{ at: number }>(KIND, id, stored.body)
    if (!last || last.at > now - every) throw again
  }
  try {
    const body = keyRing.sign(KIND, id, { at: now })
    await documents.put(KIND, id, body, { expect: stored?.version ?? 'absent', at: iso(now) })
  } catch (error) {
    if (error instanceof CodedError && error.code === 'TW_STORE_CONFLICT') throw again
    throw error
  }
}
