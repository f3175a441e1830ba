import { refuse } from '../errors.ts'
import type { Alias, Node, RangeFunction, RangeSubselect, RangeTableSample } from '../parser/tree.ts'
import type { Binding } from './binding.ts'
import { schemaOf } from './call.ts'
import { type Column, computed } from './column.ts'
import { bindExpression } from './expression.ts'
import { bindJoin } from './join.ts'
import { namesOf, tagOf } from './names.ts'
import { bindRelation } from './relation.ts'
import { type Item, joinScopes, type Scope } from './scope.ts'
import { bindSelect, type Environment } from './select.ts'

/** What FROM items can see: the query around them, the WITH names, and with LATERAL what stands to their left. */
export interface Surroundings {
  readonly outer: Scope | undefined
  readonly environment: Environment
  readonly left: readonly Scope[]
}

/** The items of a FROM clause, side by side. */
export function bindFrom(
  binding: Binding,
  nodes: readonly Node[] | undefined,
  outer: Scope | undefined,
  environment: Environment,
): Scope {
  const scopes: Scope[] = []
  for (const node of nodes ?? [])
    scopes.push(bindFromItem(binding, node, { outer, environment, left: scopes }))
  return joinScopes(scopes, outer)
}

export function bindFromItem(binding: Binding, node: Node, around: Surroundings): Scope {
  if ('RangeVar' in node) return alone(bindRelation(binding, node.RangeVar, around.environment), around.outer)
  if ('JoinExpr' in node) return bindJoin(binding, node.JoinExpr, around)
  if ('RangeSubselect' in node) return alone(subselect(binding, node.RangeSubselect, around), around.outer)
  if ('RangeFunction' in node) return alone(fromFunction(binding, node.RangeFunction, around), around.outer)
  if ('RangeTableSample' in node) return alone(sample(binding, node.RangeTableSample, around), around.outer)
  throw refuse('TW_SQL_UNSUPPORTED', { what: `Syntax ${tagOf(node)} in FROM` }, 'sql-unknown-syntax')
}

const alone = (item: Item, parent: Scope | undefined): Scope => {
  const names = new Set(item.columns.map((column) => column.name))
  return {
    items: [item],
    columns: item.columns,
    expandable: item.alias !== '' && names.size === item.columns.length,
    parent,
  }
}

/** Names given by position: `AS t (a, b)`. @throws TW_SQL_NO_COLUMN for more names than columns */
export function renamed(columns: readonly Column[], names: readonly string[] | undefined): Column[] {
  const extra = names?.[columns.length]
  if (extra !== undefined) throw refuse('TW_SQL_NO_COLUMN', { column: extra }, 'sql-expression')
  return columns.map((column, index) => ({ ...column, name: names?.[index] ?? column.name }))
}

export const aliasNames = (alias: Alias | undefined): string[] | undefined =>
  alias?.colnames ? namesOf(alias.colnames) : undefined

const lateral = ({ outer, left }: Surroundings): Scope => joinScopes(left, outer)

function subselect(binding: Binding, node: RangeSubselect, around: Surroundings): Item {
  const query = node.subquery
  if (!query || !('SelectStmt' in query))
    throw refuse('TW_SQL_UNSUPPORTED', { what: 'This subquery' }, 'sql-unknown-syntax')
  const { environment } = around
  const outer = node.lateral ? lateral(around) : around.outer
  const { columns } = bindSelect(binding, query.SelectStmt, { outer, environment, named: true })
  return { alias: node.alias?.aliasname ?? '', columns: renamed(columns, aliasNames(node.alias)), system: [] }
}

function fromFunction(binding: Binding, node: RangeFunction, around: Surroundings): Item {
  const place = { scope: lateral(around), environment: around.environment }
  const columns = (node.functions ?? []).flatMap((pair) => {
    const call = 'List' in pair ? pair.List.items?.[0] : undefined
    if (!call || !('FuncCall' in call))
      throw refuse('TW_SQL_UNSUPPORTED', { what: 'This function in FROM' }, 'sql-unknown-syntax')
    const names = namesOf(call.FuncCall.funcname) ?? []
    const schema = schemaOf(binding, names, call.FuncCall)
    bindExpression(binding, call, place, { as: 'value', operator: names.at(-1) ?? 'FROM' })
    const name = names.at(-1) ?? ''
    const outs = binding.context.catalogue.functions(schema, name).find((one) => one.columns.length > 0)
    // unnest answers a column for each array; as the one for text search it is not used in FROM.
    if (outs && name !== 'unnest') return outs.columns.map(computed)
    // A scalar function's column takes the alias of the item.
    const single = node.is_rowsfrom ? name : (node.alias?.aliasname ?? name)
    const width = name === 'unnest' ? Math.max(1, call.FuncCall.args?.length ?? 1) : 1
    return Array.from({ length: width }, () => computed(single))
  })
  if (node.ordinality) columns.push(computed('ordinality'))
  const [first] = node.functions ?? []
  const alias = node.alias?.aliasname ?? (first && node.functions?.length === 1 ? functionName(first) : '')
  return { alias, columns: renamed(columns, aliasNames(node.alias)), system: [] }
}

function functionName(pair: Node): string {
  const call = 'List' in pair ? pair.List.items?.[0] : undefined
  return call && 'FuncCall' in call ? (namesOf(call.FuncCall.funcname)?.at(-1) ?? '') : ''
}

const METHODS = new Set(['system', 'bernoulli', 'pg_catalog.system', 'pg_catalog.bernoulli'])

function sample(binding: Binding, node: RangeTableSample, around: Surroundings): Item {
  const method = namesOf(node.method)?.join('.') ?? ''
  if (!METHODS.has(method))
    throw refuse('TW_SQL_FUNCTION', { function: method }, 'sql-function', node.location)
  if (!node.relation || !('RangeVar' in node.relation))
    throw refuse('TW_SQL_UNSUPPORTED', { what: 'TABLESAMPLE of this' }, 'sql-unknown-syntax', node.location)
  const place = { scope: joinScopes([], around.outer), environment: around.environment }
  for (const argument of [...(node.args ?? []), node.repeatable])
    bindExpression(binding, argument, place, { as: 'value', operator: 'TABLESAMPLE' })
  return bindRelation(binding, node.relation.RangeVar, around.environment)
}
