import type { Identity } from '../identity/person.ts'

/**
 * Approvals: pending ─▶ approved │ denied │ expired │ revoked. An approved one carries a grant.
 * A decision is compare-and-set in the store: two clicks, two replicas or two Slack deliveries make one decision.
 */
export type ApprovalStatus = 'pending' | 'approved' | 'denied' | 'expired' | 'revoked'

export interface Approval {
  id: string
  status: ApprovalStatus
  requester: {
    person: string
    user: string
    name?: string
    email?: string
    team?: string
    roles: readonly string[]
    /** Who answers for a service account. */
    owner?: string
  }
  connection: string
  collection?: string
  /** Route name and literals-free shape: what reviewers see. */
  route: string
  shape: string
  /** `hmac:` of the canonical logical query: what the grant is bound to. */
  logical: string
  /** What would be released: distinct traces, and a keyed hash of their ids and content; ids for the grant. */
  traces: {
    count: number
    requested?: number
    ids: readonly string[]
    content?: string
    oldest?: string
    newest?: string
  }
  /** Names of high-risk fields. */
  fields: readonly string[]
  rules: readonly string[]
  reason: string
  highRisk: boolean
  groups: readonly string[]
  minimum: number
  decisions: readonly ApprovalDecision[]
  /** How unusual this is for this user, in words with numbers; empty when unknown. */
  context?: string
  created: string
  expires: string
  grant?: Grant
  /** Let through by its own requester in an emergency, and what a reviewer said of it afterwards. */
  brokenGlass?: {
    at: string
    review?: { by: string; at: string; justified: boolean; reason: string }
  }
}

export interface ApprovalDecision {
  by: { person: string; user: string; email?: string }
  via: 'slack' | 'console' | 'api' | 'break-glass'
  decision: 'approve' | 'deny'
  reason: string
  at: string
  /** As the reviewer gave them; of several approvals the narrowest of each holds. */
  scope?: 'once' | 'time'
  duration?: number
  traces?: number
}

/** Bound to person, connection, collection, logical query, traces and fields; once or time-boxed; signed in the store. */
export interface Grant {
  id: string
  approval: string
  person: string
  connection: string
  collection?: string
  logical: string
  /** What was discovered; absent where the reviewer let the query have more traces than that. */
  traceIds?: readonly string[]
  /** Absent where the approval had no content hash, and where `traceIds` is. */
  content?: string
  /** Distinct traces over all its uses. */
  maxTraces: number
  fields: readonly string[]
  scope: 'once' | 'time'
  expires: string
  /** Reveals nothing that rules reveal to those whose request a reviewer approved. */
  masked?: boolean
}

export interface ApprovalRequest {
  identity: Identity
  /** `tracewarden.session.id` of the event, where there is a session. */
  session?: string
  connection: string
  collection?: string
  route: string
  shape: string
  logical: string
  traces: Approval['traces']
  fields: readonly string[]
  rules: readonly string[]
  reason: string
  reviewers: readonly string[]
}

export interface ApprovalVerdict {
  decision: 'approve' | 'deny'
  /** Required: a decision without a reason is refused. */
  reason: string
  scope?: 'once' | 'time'
  /** ms; at most approvals.max_grant. */
  duration?: number
  /**
   * With scope `time`: this many distinct traces of the same logical query, all its pages; by default only those
   * discovered, unchanged.
   */
  traces?: number
  via: Exclude<ApprovalDecision['via'], 'break-glass'>
}

export interface Approvals {
  /** Asks; an identical pending request of the same person is joined without a new event. */
  request(input: ApprovalRequest): Promise<{ approval: Approval; joined: boolean }>
  get(id: string): Promise<Approval | undefined>
  list(query: {
    status?: ApprovalStatus
    user?: string
    limit: number
    after?: string
  }): Promise<{ approvals: Approval[]; next?: string }>
  /**
   * Never one's own, never twice by one person, only by members of the groups asked; a high-risk one needs a sign-in
   * newer than identity.session.fresh. @throws TW_APPROVAL_OWN, TW_APPROVAL_NOT_REVIEWER, TW_APPROVAL_DECIDED…
   */
  decide(id: string, reviewer: Identity, verdict: ApprovalVerdict): Promise<Approval>
  revoke(id: string, by: Identity, reason: string): Promise<Approval>
  /** One's own, in an emergency: masked, capped, alerted, reviewed. @throws TW_APPROVAL_BREAK_GLASS, _NOT_YOURS… */
  breakGlass(id: string, requester: Identity, reason: string): Promise<Approval>
  /** What a reviewer says of a broken glass afterwards. @throws TW_APPROVAL_NO_REVIEW, _OWN, _NOT_REVIEWER */
  review(id: string, reviewer: Identity, input: { justified: boolean; reason: string }): Promise<Approval>
  /** Resolves when it is decided, or with the pending one after `ms`; an aborted signal resolves at once. */
  wait(id: string, ms: number, signal?: AbortSignal): Promise<Approval>
  /** A valid, unused grant for exactly this; the caller claims it before release. */
  find(input: {
    person: string
    connection: string
    collection?: string
    logical: string
  }): Promise<Grant | undefined>
  /**
   * Claims a use for these traces by compare-and-set, before release. False: someone else used it up, it expired or
   * was revoked, or these would be more than it allows.
   */
  claim(grant: Grant, traceIds: readonly string[]): Promise<boolean>
  /** Expires what is due; called every few seconds by the daemon. */
  sweep(): Promise<void>
}
