import { refuse } from '../errors.ts'
import type { Node } from '../parser/tree.ts'
import type { Binding } from './binding.ts'
import { columnOf, type Place } from './expression.ts'
import { namesOf } from './names.ts'

/**
 * `(f(x)).field` of a function known to answer that field, or of a column that holds what such a function answered.
 * With any other name PostgreSQL would take `(x).f` for `f(x)`, a call of whatever function has that name.
 * @throws TW_SQL_UNSUPPORTED
 */
export function checkFields(binding: Binding, node: Node, place: Place): void {
  if (!('A_Indirection' in node)) return
  const { arg, indirection = [] } = node.A_Indirection
  const names = indirection.filter((step) => !('A_Indices' in step))
  if (names.length === 0) return
  const [name] = namesOf(names) ?? []
  const fields = arg && compositeFields(binding, arg, place)
  if (indirection.length > 1 || name === undefined || !fields?.includes(name))
    throw refuse('TW_SQL_UNSUPPORTED', { what: 'A field of a composite value' }, 'sql-whole-row')
}

/** The fields of a value that a function answers; undefined for any other value. */
export function compositeFields(binding: Binding, node: Node, place: Place): readonly string[] | undefined {
  if ('ColumnRef' in node) return columnOf(node, place).fields
  if (!('FuncCall' in node)) return undefined
  const [schema = '', name = ''] = namesOf(node.FuncCall.funcname) ?? []
  const overloads = binding.context.catalogue.functions(schema, name)
  const [only] = overloads
  return overloads.length === 1 && only && only.columns.length > 1 ? only.columns : undefined
}
