import type { Decision } from '../../../policy/facts.ts'
import { describedFields } from '../backend/control.ts'
import { fail } from '../errors.ts'
import type { Masked } from '../release/answer.ts'
import { CopyMasker } from '../release/copy.ts'
import { emptyTally, RowMasker, type Rows } from '../release/rows.ts'
import type { RowShape } from '../release/shape.ts'
import type { Inbox } from '../wire/inbox.ts'
import { BACKEND } from '../wire/types.ts'
import type { Client } from './client.ts'
import type { Described } from './portals.ts'
import type { Statement } from './statement.ts'

/** The rows of one answer: described, proven to be what the statement said, masked under the decision in force. */
export class Answer {
  readonly #client: Client
  readonly #x: Statement
  readonly #decision: Decision
  #shape: RowShape | undefined
  #rows: RowMasker | CopyMasker
  #proof: Promise<boolean> | undefined
  #counting = true
  described: Described | undefined

  constructor(client: Client, x: Statement, described: Described | undefined, decision = x.decision!) {
    this.#client = client
    this.#x = x
    this.#decision = decision
    this.described = described
    if (described) this.#shape = this.#shaped(described)
    this.#rows = this.#masker()
  }

  get size(): number {
    return this.#rows.size
  }

  /** RowDescription: the second proof. @throws StatementRefused */
  describe(inbox: Inbox): void {
    const { plan, context } = this.#x
    if (plan && context) {
      this.described = this.#client.known.described(plan, context, inbox)
      this.#prove()
    } else {
      const fields = describedFields(inbox)
      this.described = { fields, treatments: fields.map(() => ({ how: 'pass', content: true })) }
    }
    this.#shape = this.#shaped(this.described)
    this.#rows = this.#masker()
  }

  /** CopyOutResponse: the rows of what was described before. @throws TW_PG_COPY */
  copyOut({ buf, start }: Inbox): void {
    const { plan } = this.#x
    if (!plan?.copy || !this.#shape || buf[start] !== 0)
      throw fail('TW_PG_COPY', { problem: 'its rows were not described, or are binary' })
    this.#prove()
    this.#rows = new CopyMasker(this.#shape, plan.copy, this.#options())
    this.#rows.push(buf.subarray(start - 5, start + 3 + 2 * this.#shape.fields.length))
  }

  row(inbox: Inbox): void {
    this.#rows.row(inbox)
  }

  pass(inbox: Inbox): void {
    this.#rows.pass(inbox)
  }

  /** One of the messages that were held, once more. */
  replay(inbox: Inbox): void {
    if (inbox.type === BACKEND.dataRow || inbox.type === BACKEND.copyData) this.row(inbox)
    else if (inbox.type === BACKEND.copyOut) this.copyOut(inbox)
    else this.pass(inbox)
  }

  /** The same answer under another decision; its rows were counted already. */
  under(decision: Decision): Answer {
    const x = this.#x
    if (x.released === 0) x.unsee()
    const other = new Answer(this.#client, x, this.described, decision)
    other.#counting = false
    other.#proof = this.#proof
    other.#rows = other.#masker()
    return other
  }

  /** Resolves when nothing below the statement has changed since it was judged. @throws TW_PG_CHANGED */
  async proven(): Promise<void> {
    if (this.#proof && !(await this.#proof)) throw fail('TW_PG_CHANGED')
  }

  collect(): void {
    this.#shape?.collect(this.#x.seen)
  }

  take(): Masked {
    return this.#rows.take()
  }

  drop(): void {
    this.#shape?.reset()
  }

  #masker(): RowMasker {
    return new RowMasker(this.#shape ?? NO_ROWS, this.#options())
  }

  #options() {
    return {
      tally: this.#counting ? this.#x.tally : emptyTally(),
      record: this.#decision.obligations.record === 'full',
      watch: this.#client.door.connection.mode === 'observe',
    }
  }

  #shaped(described: Described): RowShape {
    const { plan, snapshot } = this.#x
    return this.#client.known.shape(described, plan?.result, this.#decision, snapshot)
  }

  /**
   * A view reports its own columns, whatever it has come to be made of, and a COPY is not described: only the catalogue
   * tells whether they changed. The look begins now that the server has settled what it runs.
   */
  #prove(): void {
    const { plan, context } = this.#x
    if (!plan || !context || this.#proof) return
    if (plan.kind !== 'copy-out' && !readsView(plan.relations, context.catalogue)) return
    this.#proof = this.#client.door.database.unchanged(context)
    // Awaited before anything is released; until then nobody listens.
    this.#proof.catch(() => undefined)
  }
}

const NO_ROWS: Rows = { fields: [], cells: [], isId: [], isTime: [], content: false }

function readsView(
  relations: readonly string[],
  catalogue: NonNullable<Statement['context']>['catalogue'],
): boolean {
  return relations.some((name) => {
    const dot = name.indexOf('.')
    const found = catalogue.relation(name.slice(0, dot), name.slice(dot + 1))
    return found === undefined || (found.kind !== 'r' && found.kind !== 'p')
  })
}
