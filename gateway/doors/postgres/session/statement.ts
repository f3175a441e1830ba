import type { CodedError } from '../../../../core/errors.ts'
import type { Approval, Grant } from '../../../approvals/approval.ts'
import type { Touched } from '../../../decoys/decoy.ts'
import type { Identity } from '../../../identity/person.ts'
import type { Decision, RequestFacts } from '../../../policy/facts.ts'
import type { DecisionInput, Snapshot } from '../../../policy/policy.ts'
import type { LiveSession, SessionOpening } from '../../../sessions/tracker.ts'
import type { Inquiry } from '../../inquiry/inquiry.ts'
import type { Shown } from '../../inquiry/shown.ts'
import type { PostgresDoor } from '../door-context.ts'
import { emptyTally } from '../release/rows.ts'
import { nothingSeen } from '../release/shape.ts'
import type { Refusal, StatementContext, StatementPlan } from '../statement/plan.ts'
import type { Client } from './client.ts'

/** One statement on its way, or one portal or cursor over all its fetches: what is counted, is counted together. */
export class Statement implements Inquiry {
  readonly id: string
  readonly started: number
  readonly at: number
  readonly client: Client
  /** As the client wrote it. */
  readonly text: string
  /** Values bound to its parameters, as bytes. */
  readonly params: Uint8Array | undefined
  snapshot: Snapshot
  identity: Identity | undefined
  session: LiveSession | undefined
  facts: RequestFacts | undefined
  #decision: Decision | undefined
  logical: string | undefined
  grant: Grant | undefined
  claimed = false
  approval: Approval | undefined
  canary: Touched | undefined
  canaryTold = false
  releasing = false
  undo: (() => void) | undefined

  plan: StatementPlan | undefined
  context: StatementContext | undefined
  tally = emptyTally()
  seen = nothingSeen()
  /** What events have told so far, and bytes released. */
  told: Shown | undefined
  released = 0
  /** Bytes of rows that were only looked through. */
  looked = 0
  /** Its opening frames are in the recording. */
  recorded = false
  /** The client asked for its end. */
  cancelled = false
  #gone: AbortController | undefined
  #hash: string | undefined

  constructor(client: Client, id: string, text: string, params?: Uint8Array) {
    this.client = client
    this.id = id
    this.text = text
    this.params = params
    this.snapshot = client.door.snapshot()
    this.identity = client.identity
    this.at = client.door.clock.now()
    this.started = client.door.clock.monotonic()
  }

  get decision(): Decision | undefined {
    return this.#decision
  }

  /** What only observe mode lets pass is recorded as what it would have been. */
  set decision(decision: Decision | undefined) {
    const refused = this.plan?.refused
    this.#decision =
      decision && refused
        ? { ...decision, verdict: 'block', code: refused.error.code, reason: refused.error.message }
        : decision
  }

  get expects(): DecisionInput['expects'] {
    return this.plan && { listing: false, shape: this.plan.shapeOf }
  }

  get gone(): boolean {
    return this.client.gone
  }

  goneSignal(): AbortSignal {
    this.#gone ??= new AbortController()
    if (this.gone) this.#gone.abort()
    return this.#gone.signal
  }

  /** It runs once more: what was looked through does not count. */
  recount(): void {
    this.tally = emptyTally()
    this.unsee()
  }

  /** Its rows are masked once more. */
  unsee(): void {
    this.seen = nothingSeen()
  }

  /** Ends a wait for an approval. */
  abort(): void {
    this.#gone?.abort()
  }

  opening(): SessionOpening {
    return this.client.opening()
  }

  /** Over text and parameters. */
  statementHash(): string {
    this.#hash ??= `hmac:${this.client.door.statementMac(`${this.text}\n`, this.params).slice(0, 32)}`
    return this.#hash
  }

  literal() {
    return [this.text, this.params]
  }
}

/** What policy needs to know of a statement that was judged. */
export function factsOf(door: PostgresDoor, x: Statement, plan: StatementPlan): RequestFacts {
  const { scrub } = x.snapshot
  return {
    connection: door.connection.name,
    protocol: 'postgres',
    action: plan.action,
    route: plan.route,
    ...(plan.collection === undefined ? {} : { collection: scrub(plan.collection) }),
    ...(plan.rows === undefined ? {} : { requested: plan.rows }),
    predicates: plan.predicates,
    shape: scrub(plan.shape),
    // Other values of the parameters are another query.
    get logical() {
      const params = x.params ? Buffer.from(x.params).toString('base64') : ''
      return `${door.connection.backend.database}\n${plan.logical}\n${params}`
    },
    bypass: plan.bypass,
  }
}

/** The same of a statement that does not go to the server. */
export function factsOfRefusal(door: PostgresDoor, x: Statement, refusal: Refusal): RequestFacts {
  const { scrub } = x.snapshot
  return {
    connection: door.connection.name,
    protocol: 'postgres',
    action: refusal.action,
    route: 'postgres.refused',
    predicates: refusal.predicates.map((predicate) => ({ ...predicate, field: scrub(predicate.field) })),
    shape: scrub(refusal.shape),
    logical: refusal.shape,
    bypass: refusal.bypass,
  }
}

/** A refusal of the statement room as an error, with what its client is told beyond message and hint. */
export class StatementRefused extends Error {
  readonly refusal: Refusal
  readonly coded: CodedError

  constructor(refusal: Refusal) {
    super(refusal.error.message)
    this.refusal = refusal
    this.coded = refusal.error
  }
}
