import type { Decision } from '../../../policy/facts.ts'
import type { Snapshot } from '../../../policy/policy.ts'
import { describedFields } from '../backend/control.ts'
import { RowShape } from '../release/shape.ts'
import type { ResultPlan, StatementContext, StatementPlan } from '../statement/plan.ts'
import type { Inbox } from '../wire/inbox.ts'
import type { Client } from './client.ts'
import type { Described } from './portals.ts'
import { StatementRefused } from './statement.ts'

/**
 * What one client's answers looked like before: a statement that differs in its literals only is described in the same
 * bytes, and its rows are treated in the same way. Statements of a client run one after the other, so they share.
 */
export class Known {
  readonly #client: Client
  readonly #descriptions = new WeakMap<
    ResultPlan,
    { bytes: Buffer; context: StatementContext; described: Described }
  >()
  readonly #shapes = new WeakMap<
    Described,
    { result: ResultPlan | undefined; snapshot: Snapshot; key: string; shape: RowShape }
  >()

  constructor(client: Client) {
    this.#client = client
  }

  /** RowDescription, the inbox's current message, proven to be what the plan says. @throws StatementRefused */
  described(plan: StatementPlan, context: StatementContext, inbox: Inbox): Described {
    const { result } = plan
    const bytes = inbox.buf.subarray(inbox.start, inbox.end)
    const before = result && this.#descriptions.get(result)
    if (before && before.context === context && before.bytes.equals(bytes)) return before.described
    const fields = describedFields(inbox)
    const { described: found, refusal } = this.#client.door.database.statements.check(plan, fields, context)
    if (refusal) throw new StatementRefused(refusal)
    const described = { fields, treatments: found.treatments }
    if (result) this.#descriptions.set(result, { bytes: Buffer.from(bytes), context, described })
    return described
  }

  /** How rows are treated under a decision, with nothing seen yet. */
  shape(
    described: Described,
    result: ResultPlan | undefined,
    decision: Decision,
    snapshot: Snapshot,
  ): RowShape {
    const { hideContent, reveal } = decision.obligations
    const key = `${hideContent} ${reveal.join('\n')}`
    const before = this.#shapes.get(described)
    if (before?.snapshot === snapshot && before.result === result && before.key === key) {
      before.shape.reset()
      return before.shape
    }
    const { door, identity, maskers } = this.#client
    const shape = new RowShape(described.fields, described.treatments, result, {
      decision,
      snapshot,
      pseudonym: door.keys.derive(`pseudonym/${identity.person.id}`),
      maskers,
    })
    shape.reset()
    this.#shapes.set(described, { result, snapshot, key, shape })
    return shape
  }
}
