/**
 * Vocabulary of the decision point. Doors turn traffic into facts, policy turns facts into a decision, doors carry the
 * decision out. No protocol's types in here.
 */

/** What a route of a profile, or a statement, does. `admin` changes policy, users or the store itself. */
export type Action = 'read' | 'search' | 'export' | 'write' | 'admin' | 'asset'

/** A hidden value may leak through what a request tests or sorts by, so predicates are facts too. */
export interface Predicate {
  /** Canonical path of the field, e.g. `attributes.llm.output_messages.*.message.content`. */
  field: string
  /** `filter`, `sort`, `group`, `aggregate`: how the request uses it. */
  use: 'filter' | 'sort' | 'group' | 'aggregate'
  /** The backend's operator, e.g. `LIKE`, `==`, `desc`. */
  operator?: string
}

/** What is known from the request alone. */
export interface RequestFacts {
  connection: string
  protocol: 'http' | 'postgres' | 's3' | 'mcp' | 'console'
  action: Action
  /** The profile's name of the route, e.g. `mlflow.search-traces`; 'unknown' is refused by default. */
  route: string
  collection?: string
  /** Traces named by the request; absent where it names none. */
  traceIds?: readonly string[]
  /** Most traces the request asks for (its limit); absent where it names no limit. */
  requested?: number
  predicates: readonly Predicate[]
  /** Literals-free shape, for people, events and grants. */
  shape: string
  /** Canonical form of the logical query (normalised filter, without paging), hashed into grants. */
  logical: string
  /** Names from the published bypass list that the door saw, e.g. `path-traversal`, `method-override`. */
  bypass: readonly string[]
}

/** What is known once the response (or a segment of it) has been scanned and before it is released. */
export interface ResponseFacts {
  /** Distinct traces whose content would be released; a trace of thousands of records counts as that many. */
  traces: number
  traceIds: readonly string[]
  /** Creation times, ms since epoch; a missing or writer-made time counts as oldest (0). */
  oldest?: number
  newest?: number
  /** Named masking fields found in what would be released: hidden ones, and those shown. */
  masked: readonly string[]
  displayed: readonly string[]
  /** Of the displayed fields, those policy calls sensitive. */
  sensitive: readonly string[]
  /** Of the displayed fields, those policy calls high-risk. */
  highRisk: readonly string[]
  bytes: number
  /** `hmac:` of ids and content as `Approval.traces.content` has it; a grant bound to content covers nothing else. */
  content?: string
}

export type Verdict = 'allow' | 'mask' | 'approval' | 'block'

export interface Decision {
  verdict: Verdict
  /** Names of the rules that decided, most decisive first. */
  rules: readonly string[]
  /** For people: why, and what to do. Never carries a protected value. */
  reason: string
  /** Error code where the verdict is block or approval. */
  code?: string
  bypass: readonly string[]
  /** Reviewer groups the matching rules name, for the approval; empty means approvals.default_groups. */
  reviewers: readonly string[]
  obligations: Obligations
}

export interface Obligations {
  /** Content fields of listings are replaced by a placeholder (they then count no traces). */
  hideContent: boolean
  /** Field names (masking.fields[].name) this reader may see in clear here. */
  reveal: readonly string[]
  /** Most traces this response may release. */
  maxTraces: number
  /** `full` keeps what the client saw, `facts` only the events. */
  record: 'full' | 'facts'
}
