/**
 * Errors are a table per room: code → status, message, hint. A code is `TW_…`, stable, and documented in
 * docs/errors.md; test/architecture.test.ts fails if the docs lack one, or name one that is gone.
 */
export interface ErrorRow {
  /** HTTP status where the error reaches a client; 500 if it never does. */
  status: number
  /** What happened, with `{name}` for each detail. Never carries a protected value. */
  message: string
  /** What the reader can do about it. */
  hint: string
}

export type ErrorTable = Readonly<Record<`TW_${string}`, ErrorRow>>

/** An error with a code from some room's table. `details` are safe to show, log and record. */
export class CodedError extends Error {
  readonly code: string
  readonly status: number
  readonly hint: string
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: string, row: ErrorRow, details: Readonly<Record<string, unknown>> = {}, cause?: unknown) {
    super(
      row.message.replace(/\{(\w+)\}/g, (_, name: string) => String(details[name] ?? 'unknown')),
      cause === undefined ? undefined : { cause },
    )
    this.name = 'CodedError'
    this.code = code
    this.status = row.status
    this.hint = row.hint
    this.details = details
  }
}

/** A room's thrower: `const fail = errorsOf(table); throw fail('TW_SPOOL_FULL', { limit })`. */
export function errorsOf<T extends ErrorTable>(table: T) {
  return <C extends keyof T & string>(
    code: C,
    details: Readonly<Record<string, unknown>> = {},
    cause?: unknown,
  ): CodedError => new CodedError(code, table[code] as ErrorRow, details, cause)
}

/** The RFC 9457 problem document of an error, as every HTTP port of Tracewarden answers it. */
export function problem(error: CodedError, extra: Readonly<Record<string, unknown>> = {}) {
  return {
    type: `urn:tracewarden:error:${error.code}`,
    title: error.message,
    status: error.status,
    detail: error.hint,
    code: error.code,
    ...extra,
  }
}
