import type { Decision, ResponseFacts } from '../../policy/facts.ts'
import type { DecisionInput, Snapshot } from '../../policy/policy.ts'
import { budgetOf } from '../../policy/window/budget.ts'
import type { Desk } from '../door.ts'
import { canaryAmong } from './canary.ts'
import type { Inquiry } from './inquiry.ts'

const NO_IDS: readonly string[] = []

export const ownerOfBudget = (door: Desk, x: Inquiry): string =>
  budgetOf(x.identity!.person, door.identity.person)

/** Asks the one decision point, about the request alone or about what would be released. */
export function decide(door: Desk, x: Inquiry, snapshot: Snapshot, response?: ResponseFacts): Decision {
  const now = door.clock.now()
  const facts = x.facts!
  const ids = response ? response.traceIds : (facts.traceIds ?? NO_IDS)
  const input: DecisionInput = {
    request: facts,
    identity: x.identity!,
    window: door.windows.use(ownerOfBudget(door, x), ids, response ? response.traces : ids.length, now),
    risk: door.risk(x.identity!.person.user),
    now,
  }
  // A listing that hides its content shows ids, and nobody read anything.
  if (response ? response.traces > 0 : !x.expects?.listing) x.canary ??= canaryAmong(door, x, snapshot, ids)
  if (response) input.response = response
  const { expects } = x
  if (expects) input.expects = expects
  if (x.grant) input.grant = grantOf(x.grant)
  return snapshot.decide(input)
}

function grantOf(grant: NonNullable<Inquiry['grant']>): NonNullable<DecisionInput['grant']> {
  const { id, maxTraces, traceIds, content, fields, masked } = grant
  return { id, maxTraces, traceIds, content, fields, masked }
}

/** To be waited for, and asked again, before what would be released is decided on: other replicas share the window. */
export const prepare = (door: Desk, x: Inquiry, response: ResponseFacts): Promise<void> | undefined =>
  door.windows.prepare(ownerOfBudget(door, x), response.traceIds, response.traces, door.clock.now())

/** Counts what is about to be released, with no await since `decide`. Replaces what this request had reserved. */
export function reserve(door: Desk, x: Inquiry, response: ResponseFacts): void {
  x.undo?.()
  x.undo = undefined
  if (response.traces > 0)
    x.undo = door.windows.reserve(
      ownerOfBudget(door, x),
      response.traceIds,
      response.traces,
      door.clock.now(),
    )
}
