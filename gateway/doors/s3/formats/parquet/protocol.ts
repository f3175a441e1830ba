/** What the Parquet thread says; every message but the last two is answered before it goes on. */
export type FromWorker =
  /** Of columns and of members of structs. */
  | { kind: 'names'; names: readonly string[] }
  /** Rows as JSON; answered by as many. */
  | { kind: 'rows'; lines: readonly string[] }
  /** Of the masked file, in order. */
  | { kind: 'bytes'; bytes: Uint8Array }
  | { kind: 'done' }
  | { kind: 'refused'; reason: string }

export interface ToWorker {
  lines?: readonly string[]
}
