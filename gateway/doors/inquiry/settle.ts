import { CodedError } from '../../../core/errors.ts'
import type { Decision, ResponseFacts } from '../../policy/facts.ts'
import type { Desk } from '../door.ts'
import { findGrant, hold } from './approve.ts'
import { decide, prepare, reserve } from './decide.ts'
import { inquiryErrors } from './errors.ts'
import type { Inquiry } from './inquiry.ts'

/**
 * The second decision, on what would be released. Returns the decision that stands; an approval is looked for, asked
 * for and waited for here, and what it allows is reserved in the person's window. `facts` is asked again whenever the
 * answer may differ: with a grant its content counts.
 * @throws the refusal.
 */
export function settle(
  door: Desk,
  x: Inquiry,
  facts: (withContent: boolean) => ResponseFacts,
): Decision | Promise<Decision> {
  const pending = prepare(door, x, facts(false))
  if (pending) return pending.then(() => settle(door, x, facts))
  const decision = decide(door, x, x.snapshot, facts(x.grant !== undefined))
  if (isAllowed(decision) || door.connection.mode === 'observe') {
    reserve(door, x, facts(false))
    return decision
  }
  return ask(door, x, facts, decision)
}

async function ask(
  door: Desk,
  x: Inquiry,
  facts: (withContent: boolean) => ResponseFacts,
  first: Decision,
): Promise<Decision> {
  const again = async () => {
    for (let wait = prepare(door, x, facts(true)); wait; wait = prepare(door, x, facts(true))) await wait
    const decision = decide(door, x, x.snapshot, facts(true))
    // With no await since `decide`, so that parallel reads cannot overdraw.
    if (isAllowed(decision)) reserve(door, x, facts(true))
    return decision
  }
  let decision = first
  if (decision.verdict === 'approval' && !x.grant && (await findGrant(door, x))) decision = await again()
  if (decision.verdict === 'approval') {
    x.decision = decision
    await hold(door, x, decision, facts(true))
    // Time has passed: policy as it is now, and a person who may have been suspended meanwhile.
    x.snapshot = door.snapshot()
    const refusal = door.identity.refusal(x.identity!.person.user)
    if (refusal) throw refusal
    decision = await again()
  }
  if (decision.verdict === 'block' || decision.verdict === 'approval') {
    x.decision = decision
    throw blocked(decision)
  }
  return decision
}

const isAllowed = ({ verdict }: Decision) => verdict === 'allow' || verdict === 'mask'

/** The refusal a decision means, under policy's own code. */
export const blocked = (decision: Decision): CodedError =>
  new CodedError(decision.code ?? 'TW_DOOR_BLOCKED', inquiryErrors.TW_DOOR_BLOCKED, {
    reason: decision.reason,
  })
