import type { Approval, Grant } from '../../approvals/approval.ts'
import type { Touched } from '../../decoys/decoy.ts'
import type { Identity } from '../../identity/person.ts'
import type { Decision, RequestFacts } from '../../policy/facts.ts'
import type { DecisionInput, Snapshot } from '../../policy/policy.ts'
import type { LiveSession, SessionOpening } from '../../sessions/tracker.ts'

/**
 * An *inquiry* is one thing that a person asks of a connection: an http request, a statement, an object. Each door has
 * its own kind with more to it; what is here is what deciding, asking for approval, counting and recording need, so
 * that these are the same through every door.
 *
 *   facts ─▶ decide ─▶ (ask, hold, grant) ─▶ the store answers, masked ─▶ settle ─▶ reserve, claim ─▶ commit ─▶ release
 */
export interface Inquiry {
  readonly id: string
  /** On the monotonic clock, ms. */
  readonly started: number
  /** Policy as it was when the inquiry came; newer after a wait. */
  snapshot: Snapshot
  identity: Identity | undefined
  session: LiveSession | undefined
  facts: RequestFacts | undefined
  /** What the answer looks like; undefined where it is no trace data. */
  readonly expects: DecisionInput['expects']
  decision: Decision | undefined
  /** `hmac:` of the logical query, as grants are bound to. */
  logical: string | undefined
  grant: Grant | undefined
  /** A use of the grant is spent on this inquiry. */
  claimed: boolean
  approval: Approval | undefined
  /** The decoy that this reads or tries to; the next record tells it. */
  canary: Touched | undefined
  canaryTold: boolean
  /** An answer has begun: a refusal can only cut it. */
  releasing: boolean
  /** The client is gone. */
  gone: boolean
  /** The windows' reservation, to undo if nothing is released. */
  undo: (() => void) | undefined
  /** Aborted once the client is gone. */
  goneSignal(): AbortSignal
  /** The session that this belongs to, were it opened now. */
  opening(): SessionOpening
  /** `hmac:` that binds the event to the literal statement without telling it. */
  statementHash(): string
  /** What was asked, literally, as the client sent it and as it was read: looked through for decoys. */
  literal(): readonly (string | Uint8Array | undefined)[]
}
