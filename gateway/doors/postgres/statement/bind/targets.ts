import { refuse } from '../errors.ts'
import type { Node, SelectStmt } from '../parser/tree.ts'
import type { Binding } from './binding.ts'
import { type Column, computed, tainted } from './column.ts'
import { compositeFields } from './composite.ts'
import { bindExpression, columnOf, type Place } from './expression.ts'
import { figureName } from './figure-name.ts'
import { namesOf, stringNode } from './names.ts'
import { qualified } from './scope.ts'

/** A select list, bound. */
export interface Targets {
  readonly columns: readonly Column[]
  /** Something in it is an aggregate without a window. */
  readonly aggregated: boolean
}

/** Binds a select list; `*` becomes the columns it stands for, where each has a name of its own. */
export function bindTargets(binding: Binding, select: SelectStmt, place: Place, named: boolean): Targets {
  const columns: Column[] = []
  const written: Node[] = []
  let aggregated = false
  for (const node of select.targetList ?? []) {
    if (!('ResTarget' in node) || !node.ResTarget.val)
      throw refuse('TW_SQL_UNSUPPORTED', { what: 'This select list' }, 'sql-unknown-syntax')
    const { val, name } = node.ResTarget
    const star = starOf(val)
    if (star) {
      const { columns: found, nodes } = expand(star, place)
      columns.push(...found)
      written.push(...(nodes ?? [node]))
      continue
    }
    const column = target(binding, val, place, name ?? figureName(val))
    aggregated ||= hasAggregate(val)
    if (named) node.ResTarget.name = column.name
    columns.push(column)
    written.push(node)
  }
  select.targetList = written
  return { columns, aggregated }
}

function target(binding: Binding, value: Node, place: Place, name: string): Column {
  if ('ColumnRef' in value) return { ...columnOf(value, place), name }
  const run = () => bindExpression(binding, value, place, { as: 'value', operator: 'select list' })
  const leaked = binding.leaking ? binding.leaking(run) : void run()
  if (leaked) return tainted(name, leaked)
  const fields = compositeFields(binding, value, place)
  return fields ? { ...computed(name), fields } : computed(name)
}

/** The parts before `*`; undefined for anything else. */
function starOf(node: Node): string[] | undefined {
  if (!('ColumnRef' in node)) return undefined
  const fields = node.ColumnRef.fields ?? []
  const last = fields.at(-1)
  return last && 'A_Star' in last ? namesOf(fields.slice(0, -1)) : undefined
}

function expand(
  before: readonly string[],
  { scope }: Place,
): { columns: readonly Column[]; nodes: Node[] | undefined } {
  if (before.length > 0) {
    const item = qualified(scope, before, undefined)
    const distinct = new Set(item.columns.map((column) => column.name)).size === item.columns.length
    // A schema-qualified name may not be what the alias means further in; the alias alone is.
    const nodes = distinct ? item.columns.map((column) => reference([item.alias, column.name])) : undefined
    return { columns: item.columns, nodes: before.length === 1 ? nodes : undefined }
  }
  if (scope.columns.length === 0)
    throw refuse('TW_SQL_UNSUPPORTED', { what: 'SELECT * without FROM' }, 'sql-unknown-syntax')
  const nodes = scope.items.flatMap((item) =>
    item.columns.map((column) => reference([item.alias, column.name])),
  )
  return { columns: scope.columns, nodes: scope.expandable ? nodes : undefined }
}

const reference = (parts: readonly string[]): Node => ({
  ResTarget: { name: parts.at(-1) ?? '', val: { ColumnRef: { fields: parts.map(stringNode) } } },
})

/** Enough to know that a query without groups answers one row: the usual ones, not in a window or a subquery. */
const SINGLE = new Set(
  'count sum avg min max bool_and bool_or string_agg array_agg json_agg jsonb_agg percentile_cont percentile_disc mode stddev'.split(
    ' ',
  ),
)

function hasAggregate(node: unknown): boolean {
  if (typeof node !== 'object' || node === null) return false
  if (Array.isArray(node)) return node.some(hasAggregate)
  return Object.entries(node).some(([key, child]) => {
    if (key === 'SubLink') return false
    if (key === 'FuncCall' && !child?.over && SINGLE.has(namesOf(child?.funcname)?.at(-1) ?? '')) return true
    return hasAggregate(child)
  })
}
