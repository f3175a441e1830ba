import type { KeyObject } from 'node:crypto'
import type { GatewayConfig } from '../config.ts'
import type { Identity } from '../identity/person.ts'
import type { CompiledMasking } from '../masking/compile.ts'
import type { MaskPlan, ResponseShape } from '../masking/masker.ts'
import type { CanaryOf } from './canaries.ts'
import type { Decision, RequestFacts, ResponseFacts } from './facts.ts'

/** One frozen policy: config compiled, with its hash and monotonic version. Swapped whole or not at all. */
export interface Snapshot {
  readonly version: number
  /** `sha256:…` of the canonical config slice; `tracewarden.policy` in events. */
  readonly hash: string
  readonly config: GatewayConfig
  /** The masking config compiled, for doors that judge what they are asked by it. */
  readonly masking: CompiledMasking
  /** The one decision point. Called with the request alone, then again with what the response would release. */
  decide(input: DecisionInput): Decision
  /** The mask plan for a reader and route under a decision; cached by its inputs. */
  plan(shape: ResponseShape, decision: Decision, pseudonym: KeyObject): MaskPlan
  /** The canary among these traces, or that this collection is. */
  readonly canary: CanaryOf
  /** A short text (a header, an id, a shape) without what content rules find in it. */
  scrub(text: string): string
}

export interface DecisionInput {
  request: RequestFacts
  /** Absent while only the request is known. */
  response?: ResponseFacts
  /** What the route answers, from its profile; without it no predicate is structural and nothing is a listing. */
  expects?: { listing: boolean; shape: ResponseShape }
  identity: Identity
  /** This person's use so far, without this response. */
  window: WindowUse
  /** A grant for this logical query, if one was found; `traceIds` and `content` limit it to what was approved. */
  grant?: {
    id: string
    maxTraces: number
    traceIds?: readonly string[]
    content?: string
    fields: readonly string[]
    /** It lifts approvals and reveals nothing. */
    masked?: boolean
  }
  /** From the detectors; 0 where unknown. */
  risk: number
  now: number
}

/** Sliding window per person over all doors, connections, sessions and credentials. */
export interface WindowUse {
  /** Distinct traces already released in the window (a huge one counts as many). */
  traces: number
  /** By how much this response would raise that: what of it is not among them yet. */
  fresh: number
}

/**
 * Keeps the windows, by the person whose budget it is. `weight` is `ResponseFacts.traces`: what the ids count as, or
 * how many traces there are where none has an id. `reserve` comes before release, with no await since `use`, so
 * parallel reads cannot overdraw.
 */
export interface Windows {
  /**
   * To be waited for before `use` and `reserve` of a release where it returns a promise: other replicas share the
   * person's window. Asked again after the wait. Rejects where their part cannot be known.
   */
  prepare(person: string, traceIds: readonly string[], weight: number, now: number): Promise<void> | undefined
  use(person: string, traceIds: readonly string[], weight: number, now: number): WindowUse
  /** Counts these traces as released; returns undo for a release that did not happen. */
  reserve(person: string, traceIds: readonly string[], weight: number, now: number): () => void
}
