import type { SessionEvent } from '../../core/event.ts'

/**
 * The store port: what the rooms need and no more. Two adapters (embedded, elasticsearch), one contract suite
 * (test/collector/store-contract.ts). Every method rejects with a coded error; TW_STORE_UNAVAILABLE means "later".
 */
export interface Store {
  /** Creates or migrates what the store needs. Idempotent; safe from several processes at once. */
  init(): Promise<void>
  /**
   * Appends events. Idempotent by `event.id`: the same id with the same content is a duplicate, with other content
   * it is tampering and the first stays. Content is compared in committed form (collector/audit/chain.ts), without
   * `event.ingested`. An event needs `event.sequence` and `tracewarden.chain` (the spool or `import` gives them), or it
   * is rejected: nobody could read it. Results stand in the order of `events`; all are durable when it resolves.
   */
  append(events: readonly SessionEvent[]): Promise<AppendResult[]>
  /**
   * Reads forward, each chain by its sequence, so that a late spool is never skipped. `limit` is shared fairly among
   * the chains that have something new (at least one each). Stops at a gap younger than a minute, which may still be
   * filled; no events and an unchanged cursor mean: nothing new now. An event that two claim one sequence with is
   * given twice, as stored.
   */
  read(cursor: Cursor, limit: number): Promise<{ events: SessionEvent[]; cursor: Cursor }>
  /** Newest first. */
  search(query: EventQuery): Promise<{ events: SessionEvent[]; total: number; next?: string }>
  /** Sums and counts by group, by key upwards, for charts and baselines. Absent group values are ''. */
  aggregate(query: AggregateQuery): Promise<AggregateRow[]>
  /**
   * Drops whole months (UTC, by `@timestamp`) that ended at or before `before` (RFC 3339). Resolves with their names,
   * `2026-01`. The audit chain then begins later: see collector/audit/retention.ts.
   */
  retain(before: string): Promise<string[]>
  /**
   * Takes what is personal (collector/audit/chain.ts) out of all events of this `user.id`; the chain stays whole. What
   * still waits in a spool comes later and must be erased again. Resolves with how many events were changed.
   */
  erase(user: string): Promise<number>
  readonly documents: Documents
  /** Resolves when the store answers; rejects with why not. For /readyz. */
  ping(): Promise<void>
  close(): Promise<void>
}

export type AppendResult =
  | { status: 'created' | 'duplicate' }
  | { status: 'tampered' | 'rejected'; reason: string }

/** The last sequence read of each chain. An empty object is the beginning. */
export type Cursor = Readonly<Record<string, number>>

export interface EventQuery {
  /** Inclusive from, exclusive to; RFC 3339. */
  from?: string
  to?: string
  user?: string
  session?: string
  actions?: readonly string[]
  outcome?: string
  connection?: string
  collection?: string
  chain?: string
  ids?: readonly string[]
  /** Words looked for in reason, collection, statement shape, rules and user fields. */
  text?: string
  limit: number
  /** `next` of the previous page. */
  after?: string
}

export interface AggregateQuery extends Omit<EventQuery, 'limit' | 'after'> {
  groupBy: readonly ('user' | 'session' | 'action' | 'connection' | 'collection' | 'chain' | 'hour' | 'day')[]
  limit: number
}

export interface AggregateRow {
  /** One value per `groupBy`; hour and day as RFC 3339 in UTC. */
  key: string[]
  events: number
  traces: number
  bytes: number
  first: string
  last: string
}

/** Small documents with optimistic concurrency: approvals, grants, tokens, alerts, baselines, leases. */
export interface Documents {
  get<T>(kind: DocumentKind, id: string): Promise<StoredDocument<T> | undefined>
  /**
   * Writes one document. `expect` is the version it replaces, `'absent'` if there must be none, `'any'` to overwrite.
   * @throws TW_STORE_CONFLICT when the expectation does not hold: read again and decide again.
   */
  put<T>(kind: DocumentKind, id: string, body: T, options: PutOptions): Promise<Version>
  /** Newest `at` first, as instants whatever their offset (ties by id, downwards). `keys` must all be equal. */
  list<T>(
    kind: DocumentKind,
    query: DocumentQuery,
  ): Promise<{ documents: StoredDocument<T>[]; next?: string }>
  /** @throws TW_STORE_CONFLICT */
  remove(kind: DocumentKind, id: string, expect: Version | 'any'): Promise<void>
}

export type DocumentKind =
  | 'alert'
  | 'approval'
  | 'baseline'
  | 'cursor'
  | 'delivery'
  | 'enrolment'
  | 'finding'
  | 'grant'
  | 'lease'
  | 'person-key'
  | 'policy-version'
  | 'quota'
  | 'recording'
  | 'sign-in'
  | 'slack-user'
  | 'suppression'
  | 'suspension'
  | 'token'
  | 'verdict'
  | 'web-session'

/** Opaque; equal only for the same write. */
export type Version = string

export interface StoredDocument<T> {
  id: string
  version: Version
  keys: Readonly<Record<string, string>>
  /** RFC 3339: what lists sort by. */
  at: string
  body: T
}

export interface PutOptions {
  expect: Version | 'absent' | 'any'
  /** What `list` can filter by, e.g. `{status: 'pending'}`. */
  keys?: Readonly<Record<string, string>>
  /** RFC 3339. */
  at: string
}

export interface DocumentQuery {
  keys?: Readonly<Record<string, string>>
  /** Inclusive from, exclusive to, on `at`. */
  from?: string
  to?: string
  limit: number
  after?: string
}
