import type { CodedError } from '../../../../core/errors.ts'
import type { ResponseShape } from '../../../masking/masker.ts'
import type { Action, Predicate } from '../../../policy/facts.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { PostgresPolicy } from './sensitivity/policy.ts'

/**
 * Statements are judged before they are sent, and again when the server has described their result. Pure functions: a
 * text, the catalogue and the policy go in, a plan or a refusal comes out.
 *
 * Terms: a column is *plain* (no secret can stand in it: its type has no text, or config declares it structural),
 * *content* (text, JSON and the like: shown masked, never computed with) or *hidden* (a masking field covers it: shown
 * as a placeholder only). A result column either *is* a column of a relation, and then the server names its *origin*
 * (table OID and attribute number in RowDescription), or it is an *expression* over plain columns only (OID 0). An
 * *oracle* is a use of a column that is not plain in a condition, an order, a group or a function: refused.
 *
 *   text → parse → refuse what is not allow-listed → bind names against the catalogue → sensitivity of each result
 *        → deparse, parse again and compare → plan → (server) RowDescription → checkDescription → treatments
 */

/** What a statement is judged against. Frozen; plans are cached by the identity of this object. */
export interface StatementContext {
  readonly catalogue: Catalogue
  readonly policy: PostgresPolicy
  /** Schemas in which unqualified names are looked up after pg_catalog, as the session has them: `['public']`. */
  readonly searchPath: readonly string[]
  /** The backend role, for `"$user"`. */
  readonly role: string
}

export type StatementKind =
  | 'empty'
  | 'select'
  | 'copy-out'
  | 'declare'
  | 'fetch'
  | 'move'
  | 'close'
  | 'prepare'
  | 'execute'
  | 'deallocate'
  | 'begin'
  | 'commit'
  | 'rollback'
  | 'savepoint'
  | 'set'
  | 'reset'
  | 'show'
  | 'discard'
  | 'write'

/** Where a value comes from, as RowDescription says it: table OID and attribute number; 0 and 0 is an expression. */
export interface Origin {
  readonly relation: number
  readonly attribute: number
}

export type Sensitivity = 'plain' | 'content' | 'hidden'

/** How the cells of one result column are shown. */
export type Treatment =
  /** As it is: the type has no text in it. `source` where a masking field counts it as sensitive. */
  | { readonly how: 'pass'; readonly content: boolean; readonly source?: Source }
  /** Text under content rules; `json` by the JSON engine, with paths that begin at `path`; `text[]` element by element. */
  | { readonly how: 'text' | 'json' | 'text[]'; readonly content: boolean; readonly source: Source }
  /**
   * The whole cell is replaced: hidden by the masking field `field` (where a decision reveals that field, it is shown
   * as `revealed` says), or of a type that cannot be looked into.
   */
  | {
      readonly how: 'whole'
      readonly content: boolean
      readonly source: Source
      readonly field?: string
      readonly revealed?: 'pass' | 'text' | 'json' | 'text[]'
    }

/** The column a cell's value comes from, for masking and events. Objects are made once a column and compared by identity. */
export interface Source {
  /** Canonical path, `schema.table.column`: what masking.fields and masking.structural match. */
  readonly path: readonly string[]
  /** Masking fields with `hidden: false` that cover the column: listed as sensitive when it is displayed. */
  readonly shown: readonly string[]
  /** For the masking engine: paths inside a JSON cell are resolved to `path` plus where the value stands. */
  readonly shape: ResponseShape
}

/** A result column as the plan expects it. */
export interface PlanColumn {
  readonly name: string
  /** Expected origin; absent for an expression that was proven to be plain. */
  readonly origin?: Origin
  /** Of the column it is; expressions over plain columns have none. */
  readonly source?: Source
  readonly sensitivity: Sensitivity
  /** Masking field that hides it. */
  readonly field?: string
}

/** Rows a statement answers with, and how each counts. */
export interface ResultPlan {
  readonly columns: readonly PlanColumn[]
  /** Whether a row shows content of a trace; where not, rows count no traces. */
  readonly content: boolean
  /**
   * Indexes of the result columns that hold the trace ids of all content in the row. A row counts as the distinct
   * ids in them; where absent (and `content`), each row counts as a trace of its own.
   */
  readonly traceIds?: readonly number[]
  /** Indexes of the creation times of these traces; where absent, they count as oldest. */
  readonly times?: readonly number[]
}

export interface StatementPlan {
  readonly kind: StatementKind
  readonly action: Action
  /** Name of the route for policy: `postgres.select`, `postgres.catalogue`, `postgres.session`… */
  readonly route: string
  /** What to send: deparsed from the checked tree, schema-qualified; literals and `$n` kept. */
  readonly sql: string
  /** `schema.table` of each relation it reads, declared ones first. */
  readonly relations: readonly string[]
  readonly collection?: string
  /** Present where rows are answered (for `declare` and `prepare`: by the later fetch or execute). */
  readonly result?: ResultPlan
  /** Cursor, prepared statement, savepoint or parameter that it makes or names; absent means all, where SQL has it so. */
  readonly name?: string
  /** `set`: the value, `search_path` and others that the session must keep in mind. */
  readonly value?: readonly string[]
  /** `set`: of the transaction only. */
  readonly local?: boolean
  /** `prepare`: the plan of the statement itself. `copy-out`: that of the query, to be described before the copy runs. */
  readonly inner?: StatementPlan
  readonly copy?: CopyFormat
  readonly predicates: readonly Predicate[]
  /** Structural paths among them, so that policy judges them as the door does. */
  readonly shapeOf: ResponseShape
  /** Most rows, where the statement's own LIMIT (or an aggregate without groups) proves it. */
  readonly rows?: number
  /** Literals-free. */
  readonly shape: string
  /** Normalised text without LIMIT and OFFSET, hashed into grants. */
  readonly logical: string
  readonly bypass: readonly string[]
  /** Observe mode: what it would have been refused for. Its rows go out as they are, each counted as a trace. */
  readonly refused?: Refusal
}

/** How COPY TO STDOUT writes rows. */
export interface CopyFormat {
  readonly format: 'text' | 'csv'
  readonly header: boolean
  readonly delimiter: string
  readonly null: string
  readonly quote: string
  readonly escape: string
}

/** A statement that does not go to the server, with all an event about it needs. */
export interface Refusal {
  /** From this room's table; the message names the column, the hint says what to do. Never carries a literal. */
  readonly error: CodedError
  /** SQLSTATE for the ErrorResponse: 42501, 25006, 0A000, 42601… */
  readonly sqlstate: string
  /** 1-based character position in the text, where known. */
  readonly position?: number
  readonly action: Action
  readonly bypass: readonly string[]
  readonly predicates: readonly Predicate[]
  readonly relations: readonly string[]
  readonly shape: string
}

export type Compiled =
  | { readonly plan: StatementPlan; readonly refusal?: undefined }
  | { readonly refusal: Refusal; readonly plan?: undefined }

/** One field of a RowDescription. */
export interface DescribedField {
  readonly name: string
  /** Table OID and attribute number; 0 where the column is an expression. */
  readonly relation: number
  readonly attribute: number
  readonly type: number
}

/** What the door does with each row, in the order of its columns; valid for one RowDescription. */
export interface Described {
  readonly treatments: readonly Treatment[]
}

export type DescriptionCheck =
  | { readonly described: Described; readonly refusal?: undefined }
  | { readonly refusal: Refusal; readonly described?: undefined }

/** The room's face; `createStatements(limits)` makes one, shared by all sessions of a process. Synchronous and pure. */
export interface Statements {
  /** Judges a text; plans and refusals are remembered by text and context. */
  compile(text: string, context: StatementContext): Compiled
  /** Observe mode: a refused query as a plan, where it was refused for nothing but what it would tell. */
  observed(text: string, context: StatementContext, refusal: Refusal): StatementPlan | undefined
  /**
   * Judges what the server says the result is, at every Describe: the second proof. `result` is that of the plan, of
   * the cursor a FETCH names, or of the prepared statement that is executed.
   */
  check(plan: StatementPlan, fields: readonly DescribedField[], context: StatementContext): DescriptionCheck
}
