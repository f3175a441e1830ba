import { refuse } from '../errors.ts'
import type { Node } from '../parser/tree.ts'
import type { Binding, Use } from './binding.ts'
import { bindExpression, flow, type Place } from './expression.ts'
import { integerOf, namesOf, placeOf } from './names.ts'
import type { Targets } from './targets.ts'

/** ORDER BY and DISTINCT ON: an ordinal, the name of a result column, or an expression over the input. */
export function bindSorting(
  binding: Binding,
  nodes: readonly Node[] | undefined,
  targets: Targets,
  place: Place,
  clause: string,
): void {
  const use: Use = { as: 'sort', operator: clause }
  for (const node of nodes ?? []) {
    const value = 'SortBy' in node ? node.SortBy.node : node
    if (!value) throw refuse('TW_SQL_UNSUPPORTED', { what: `This ${clause}` }, 'sql-unknown-syntax')
    if (byOrdinal(binding, value, targets, use) || byName(binding, value, targets, use)) continue
    bindExpression(binding, value, place, use)
  }
}

/** GROUP BY: the same, but a name is that of an input column first. */
export function bindGrouping(
  binding: Binding,
  nodes: readonly Node[] | undefined,
  targets: Targets,
  place: Place,
): void {
  const use: Use = { as: 'group', operator: 'GROUP BY' }
  for (const node of nodes ?? []) {
    if ('GroupingSet' in node) {
      bindGrouping(binding, node.GroupingSet.content, targets, place)
      continue
    }
    if (byOrdinal(binding, node, targets, use)) continue
    const name = nameOf(node)
    const input = name !== undefined && place.scope.columns.some((column) => column.name === name)
    if (!input && byName(binding, node, targets, use)) continue
    bindExpression(binding, node, place, use)
  }
}

function byOrdinal(binding: Binding, node: Node, { columns }: Targets, use: Use): boolean {
  const ordinal = integerOf(node)
  if (ordinal === undefined) return false
  binding.fixed.add(placeOf(node))
  const column = columns[ordinal - 1]
  if (!column) throw refuse('TW_SQL_NO_COLUMN', { column: `position ${ordinal}` })
  flow(binding, column, use, undefined)
  return true
}

function byName(binding: Binding, node: Node, { columns }: Targets, use: Use): boolean {
  const name = nameOf(node)
  const found = columns.filter((column) => column.name === name)
  if (name === undefined || found.length === 0) return false
  for (const column of found) flow(binding, column, use, undefined)
  return true
}

function nameOf(node: Node): string | undefined {
  if (!('ColumnRef' in node)) return undefined
  const parts = namesOf(node.ColumnRef.fields)
  return parts?.length === 1 ? parts[0] : undefined
}
