import { OPERATORS } from '../allow/operators.ts'
import { refuse } from '../errors.ts'
import type { A_Expr, Node, SubLink, WindowDef } from '../parser/tree.ts'
import { type Binding, notePredicate, type Use } from './binding.ts'
import { bindCall } from './call.ts'
import type { Column } from './column.ts'
import { checkFields } from './composite.ts'
import { jsonPath } from './json-path.ts'
import { namesOf, tagOf } from './names.ts'
import { partsOf } from './parts.ts'
import { resolve, type Scope } from './scope.ts'
import { bindSelect, type Environment } from './select.ts'
import { bindType } from './type-name.ts'

/** Where an expression stands: what names mean there. */
export interface Place {
  readonly scope: Scope
  readonly environment: Environment
}

/**
 * Walks an expression whose value is computed: every column that flows in must be plain. Names of relations, functions
 * and types in it are qualified on the way.
 * @throws a refusal naming the column or the syntax
 */
export function bindExpression(binding: Binding, node: Node | undefined, place: Place, use: Use): void {
  if (!node) return
  const path = jsonPath(binding, node, place, use)
  if (path) {
    if (path.structural) notePredicate(binding, path.path, use)
    else binding.leak({ ...path.column, path: path.path }, path.use, path.at)
    return
  }
  const parts = partsOf(node, use)
  if (parts) {
    for (const part of parts) bindExpression(binding, part.node, place, part.use)
    checkFields(binding, node, place)
  } else if ('ColumnRef' in node) flow(binding, columnOf(node, place), use, node.ColumnRef.location)
  else if ('A_Expr' in node) operation(binding, node.A_Expr, place, use)
  else if ('TypeCast' in node) {
    const { typeName, arg } = node.TypeCast
    const cast = namesOf(typeName?.names)?.at(-1) ?? 'cast'
    bindType(binding, typeName, (modifier) => bindExpression(binding, modifier, place, use))
    bindExpression(binding, arg, place, { ...use, operator: use.as === 'value' ? `::${cast}` : use.operator })
  } else if ('FuncCall' in node) bindCall(binding, node.FuncCall, place, use)
  else if ('SubLink' in node) sublink(binding, node.SubLink, place, use)
  else
    throw refuse(
      'TW_SQL_UNSUPPORTED',
      { what: `Syntax ${tagOf(node)} in an expression` },
      'sql-unknown-syntax',
    )
}

/** The column that a reference outside of a select list's `*` means. */
export function columnOf(node: Extract<Node, { ColumnRef: unknown }>, { scope }: Place): Column {
  const { fields, location } = node.ColumnRef
  const parts = namesOf(fields)
  if (parts) return resolve(scope, parts, location)
  const relation = namesOf(fields?.slice(0, -1))?.join('.') || 'a relation'
  throw refuse('TW_SQL_WHOLE_ROW', { relation }, 'sql-whole-row', location)
}

/** A column's value goes into something computed. */
export function flow(binding: Binding, column: Column, use: Use, at: number | undefined): void {
  if (column.sensitivity === 'plain') notePredicate(binding, column.path, use)
  else binding.leak(column, use, at)
}

const COMPARING = new Set(['AEXPR_DISTINCT', 'AEXPR_NOT_DISTINCT', 'AEXPR_NULLIF', 'AEXPR_IN'])

function operation(
  binding: Binding,
  { kind, name, lexpr, rexpr, location }: A_Expr,
  place: Place,
  use: Use,
): void {
  const names = namesOf(name)
  const operator = names?.at(-1) ?? ''
  const between = kind?.includes('BETWEEN')
  if (!between) checkOperator(binding, names ?? [], location)
  const word = between ? 'BETWEEN' : kind && COMPARING.has(kind) ? kind.slice(6).replace('_', ' ') : operator
  const inside = { ...use, operator: LIKE[operator] ?? word }
  bindExpression(binding, lexpr, place, inside)
  bindExpression(binding, rexpr, place, inside)
}

const LIKE: Readonly<Record<string, string>> = {
  '~~': 'LIKE',
  '!~~': 'NOT LIKE',
  '~~*': 'ILIKE',
  '!~~*': 'NOT ILIKE',
}

/** @throws TW_SQL_OPERATOR */
export function checkOperator(binding: Binding, names: readonly string[], at: number | undefined): void {
  const [schema, operator] = names.length === 2 ? names : [undefined, names[0]]
  const known = operator !== undefined && names.length <= 2 && OPERATORS.has(operator)
  const shadowed = schema === undefined && binding.context.catalogue.shadowedOperators.has(operator ?? '')
  if (!known || shadowed || (schema ?? 'pg_catalog') !== 'pg_catalog')
    throw refuse('TW_SQL_OPERATOR', { operator: names.join('.') }, 'sql-operator', at)
}

function sublink(binding: Binding, link: SubLink, place: Place, use: Use): void {
  const { subLinkType, testexpr, operName, subselect, location } = link
  if (operName) checkOperator(binding, namesOf(operName) ?? ['?'], location)
  bindExpression(binding, testexpr, place, { ...use, operator: namesOf(operName)?.at(-1) ?? 'IN' })
  if (!subselect || !('SelectStmt' in subselect))
    throw refuse('TW_SQL_UNSUPPORTED', { what: 'This subquery' }, 'sql-unknown-syntax', location)
  const { scope: outer, environment } = place
  const { columns } = bindSelect(binding, subselect.SelectStmt, { outer, environment, named: true })
  // EXISTS asks for rows, not for what they say.
  if (subLinkType === 'EXISTS_SUBLINK') return
  for (const column of columns) flow(binding, column, { ...use, operator: 'subquery' }, location)
}

/** The windows that functions look through. */
export function bindWindow(binding: Binding, window: WindowDef, place: Place): void {
  for (const node of window.partitionClause ?? [])
    bindExpression(binding, node, place, { as: 'group', operator: 'PARTITION BY' })
  for (const node of window.orderClause ?? [])
    if ('SortBy' in node)
      bindExpression(binding, node.SortBy.node, place, { as: 'sort', operator: 'ORDER BY' })
  for (const node of [window.startOffset, window.endOffset])
    bindExpression(binding, node, place, { as: 'value', operator: 'frame' })
}
