import { refuse } from '../errors.ts'
import type { Column } from './column.ts'

/** Something in FROM that columns can be qualified with. */
export interface Item {
  /** Alias, or the relation's name. */
  readonly alias: string
  /** Of a relation without an alias: it can be named with its schema. */
  readonly schema?: string
  readonly columns: readonly Column[]
  /** Names of columns that exist but that `*` leaves out (tableoid). */
  readonly system: readonly Column[]
}

/** What names mean at one level of a query. */
export interface Scope {
  readonly items: readonly Item[]
  /** What an unqualified name and `*` see: USING columns once, columns of an aliased join under its names. */
  readonly columns: readonly Column[]
  /** `*` can be written as a list of qualified names. */
  readonly expandable: boolean
  readonly parent: Scope | undefined
}

export const NOTHING: Scope = { items: [], columns: [], expandable: true, parent: undefined }

/** The column a name means, as PostgreSQL finds it: the nearest level at which there is one. */
export function resolve(scope: Scope, parts: readonly string[], at: number | undefined): Column {
  const name = parts.at(-1) ?? ''
  if (parts.length === 1) {
    for (let level: Scope | undefined = scope; level; level = level.parent) {
      const found = level.columns.filter((column) => column.name === name)
      if (found.length > 1) throw refuse('TW_SQL_AMBIGUOUS', { column: name }, undefined, at)
      if (found[0]) return found[0]
      const system = level.items.flatMap((item) => item.system).filter((column) => column.name === name)
      if (system.length > 1) throw refuse('TW_SQL_AMBIGUOUS', { column: name }, undefined, at)
      if (system[0]) return system[0]
    }
    if (itemOf(scope, name)) throw refuse('TW_SQL_WHOLE_ROW', { relation: name }, 'sql-whole-row', at)
    throw refuse('TW_SQL_NO_COLUMN', { column: name }, undefined, at)
  }
  const item = qualified(scope, parts.slice(0, -1), at)
  const found = [...item.columns, ...item.system].filter((column) => column.name === name)
  if (found.length > 1) throw refuse('TW_SQL_AMBIGUOUS', { column: parts.join('.') }, undefined, at)
  if (found[0]) return found[0]
  // PostgreSQL would take `t.f` for `f(t)`.
  throw refuse('TW_SQL_NO_COLUMN', { column: parts.join('.') }, undefined, at)
}

/** The same, where a name that means nothing here is no error. */
export function tryResolve(scope: Scope, parts: readonly string[]): Column | undefined {
  try {
    return resolve(scope, parts, undefined)
  } catch {
    return undefined
  }
}

/** The FROM item that `alias` or `schema.table` names. */
export function qualified(scope: Scope, parts: readonly string[], at: number | undefined): Item {
  const [first = '', second] = parts
  const item = parts.length === 1 ? itemOf(scope, first) : itemOf(scope, second ?? '', first)
  if (!item || parts.length > 2)
    throw refuse('TW_SQL_NO_RELATION', { relation: parts.join('.') }, undefined, at)
  return item
}

function itemOf(scope: Scope, alias: string, schema?: string): Item | undefined {
  for (let level: Scope | undefined = scope; level; level = level.parent) {
    const found = level.items.filter(
      (item) => item.alias === alias && (schema === undefined || item.schema === schema),
    )
    if (found.length > 1) throw refuse('TW_SQL_AMBIGUOUS', { column: alias })
    if (found[0]) return found[0]
  }
  return undefined
}

/** All FROM items of a level, side by side. @throws TW_SQL_AMBIGUOUS where two have one name */
export function joinScopes(scopes: readonly Scope[], parent: Scope | undefined): Scope {
  const items = scopes.flatMap((scope) => scope.items)
  const names = new Set<string>()
  for (const { alias, schema } of items) {
    const name = `${schema ?? ''}\0${alias}`
    if (alias !== '' && names.has(name)) throw refuse('TW_SQL_AMBIGUOUS', { column: alias })
    names.add(name)
  }
  return {
    items,
    columns: scopes.flatMap((scope) => scope.columns),
    expandable: scopes.every((scope) => scope.expandable),
    parent,
  }
}
