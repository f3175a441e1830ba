import type { KeyObject } from 'node:crypto'
import type { GatewayConfig } from '../config.ts'
import type { Identity } from '../identity/person.ts'
import type { MaskPlan, ResponseShape } from '../masking/masker.ts'
import type { Decision, RequestFacts, ResponseFacts } from './facts.ts'

/** One frozen policy: config compiled, with its hash and monotonic version. Swapped whole or not at all. */
export interface Snapshot {
  readonly version: number
  /** `sha256:…` of the canonical config slice; `tracewarden.policy` in events. */
  readonly hash: string
  readonly config: GatewayConfig
  /** The one decision point. Called with the request alone, then again with what the response would release. */
  decide(input: DecisionInput): Decision
  /** The mask plan for a reader and route under a decision; cached by its inputs. */
  plan(shape: ResponseShape, decision: Decision, pseudonym: KeyObject): MaskPlan
}

export interface DecisionInput {
  request: RequestFacts
  /** Absent while only the request is known. */
  response?: ResponseFacts
  identity: Identity
  /** This person's use so far, without this response. */
  window: WindowUse
  /** A grant that covers this logical query, if one was found; `traceIds` limits it to what was approved. */
  grant?: { id: string; maxTraces: number; traceIds?: readonly string[]; fields: readonly string[] }
  /** From the detectors; 0 where unknown. */
  risk: number
  now: number
}

/** Sliding window per person over all doors, connections, sessions and credentials. */
export interface WindowUse {
  /** Distinct traces already released in the window. */
  traces: number
  /** Of the traces this response would release, how many are not among them yet. */
  fresh: number
}

/** Keeps the windows. `reserve` happens before release, so parallel reads cannot overdraw. */
export interface Windows {
  use(person: string, traceIds: readonly string[], now: number): WindowUse
  /** Counts these traces as released; returns undo for a release that did not happen. */
  reserve(person: string, traceIds: readonly string[], weight: number, now: number): () => void
}
