import type {
  AggregateQuery,
  AggregateRow,
  AppendResult,
  Cursor,
  DocumentKind,
  DocumentQuery,
  EventQuery,
  PutOptions,
  Version,
} from '../store.ts'

/** What crosses between the event loop and the store's threads: bodies as JSON text, each parsed only where needed. */
export interface Methods {
  init(): void
  append(events: readonly string[]): AppendResult[]
  /** Events of each chain after its cursor, by chain and sequence. */
  read(cursor: Cursor, limit: number): string[]
  search(query: EventQuery): { bodies: string[]; total: number; next?: string }
  aggregate(query: AggregateQuery): AggregateRow[]
  retain(before: number): string[]
  /** A page of the user's events by time, after `after` as it came. */
  erase(user: string, after: Place): { erased: number; next?: Place }
  /** Writes the file anew, without what was overwritten or removed. Writers wait meanwhile. */
  compact(): void
  get(kind: DocumentKind, id: string): DocumentRow | undefined
  put(kind: DocumentKind, id: string, body: string, options: PutOptions): Version
  list(kind: DocumentKind, query: DocumentQuery): { documents: DocumentRow[]; next?: string }
  remove(kind: DocumentKind, id: string, expect: Version | 'any'): void
  ping(): void
  close(): void
}

/** Of an event: its time and row. */
export type Place = readonly [at: number, n: number]

export interface DocumentRow {
  id: string
  version: Version
  keys: string
  at: string
  body: string
}

export type Method = keyof Methods
export type Request = {
  [K in Method]: { call: number; method: K; args: Parameters<Methods[K]> }
}[Method]
export type Reply =
  | { call: number; value: unknown }
  | { call: number; error: { code: string; details: Record<string, unknown> } }
/** Instead of any reply: the file could not be opened, and the thread ends. */
export interface Opening {
  unopened: { code: string; details: Record<string, unknown> }
}
