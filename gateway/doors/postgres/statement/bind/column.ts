import type { Origin, Sensitivity, Source } from '../plan.ts'

/** A column that a query can name, or answers with. */
export interface Column {
  readonly name: string
  readonly sensitivity: Sensitivity
  /** Of the relation whose column it still is, value for value; absent for whatever was computed. */
  readonly origin?: Origin
  readonly source?: Source
  /** Masking field that hides it. */
  readonly field?: string
  /** `schema.table.column`, for people and policy; for computed columns that of one that flows in. */
  readonly path: string
  readonly json: boolean
  /** The reference to a relation (one FROM item, one use of a view) whose row the value is of. */
  readonly row?: number
  /** The rows whose trace id, or creation time, this value is. */
  readonly traceOf: readonly number[]
  readonly timeOf: readonly number[]
  /** Of a composite value that a function answered: its fields. */
  readonly fields?: readonly string[]
}

/** A value computed from plain columns, constants and parameters. */
export const computed = (name: string): Column => ({
  name,
  sensitivity: 'plain',
  path: name,
  json: false,
  traceOf: [],
  timeOf: [],
})

/** A value into which something flowed that is not plain: it can be named, but neither shown nor used. */
export const tainted = (name: string, by: Column): Column => ({
  name,
  sensitivity: 'hidden',
  path: by.path,
  json: false,
  traceOf: [],
  timeOf: [],
  ...(by.field === undefined ? {} : { field: by.field }),
})

/** What neither the origin nor the rows of which can be told any more, such as a column of UNION ALL. */
export const merged = (name: string, columns: readonly Column[]): Column => {
  const by = columns.find((column) => column.sensitivity !== 'plain')
  return by ? tainted(name, by) : { ...computed(name), path: columns[0]?.path ?? name }
}
