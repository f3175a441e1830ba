import type { Relation } from '../../catalogue/catalogue.ts'
import { checkNodes } from '../allow/nodes.ts'
import { refuse } from '../errors.ts'
import type { Parser } from '../parser/parser.ts'
import type { StatementContext } from '../plan.ts'
import type { Relations, ViewColumn } from '../sensitivity/relations.ts'
import { newBinding, type Use } from './binding.ts'
import type { Column } from './column.ts'
import { bindSelect, Environment } from './select.ts'

/**
 * A view's columns, from its definition: those that are columns of tables stay so, those computed from content are
 * hidden. A view that filters, sorts or groups by content tells something with every row, so that one needs a review.
 * @throws TW_SQL_VIEW
 */
export function judgeView(
  relation: Relation,
  relations: Relations,
  context: StatementContext,
  parser: Parser,
): ViewColumn[] {
  const { definition } = relation
  const name = `${relation.schema}.${relation.name}`
  const cannot = (reason: string) =>
    refuse('TW_SQL_VIEW', { relation: name, reason, hash: definition?.hash ?? 'none' }, 'sql-view')
  let leaked: Column | undefined
  let targets = 0
  const leak = (column: Column, use: Use) => {
    // Outside of the select list a leak is in every row, whatever is selected.
    if (targets === 0 || (use.as !== 'value' && use.as !== 'aggregate'))
      throw cannot(`its definition uses column ${column.path}, which may hold secrets, with ${use.operator}`)
    leaked ??= column
  }
  const leaking = (run: () => void) => {
    const before = leaked
    leaked = undefined
    targets++
    run()
    targets--
    const found = leaked
    leaked = before
    return found
  }
  // Names in definitions are qualified, so the session's path means nothing here.
  const inside = { ...context, searchPath: [] }
  const binding = { ...newBinding(inside, relations, leak), leaking }
  try {
    const [statement] = parser.parse(definition?.text ?? '')
    if (!statement || !('SelectStmt' in statement)) throw cannot('its definition cannot be read')
    checkNodes(statement)
    const { columns } = bindSelect(binding, statement.SelectStmt, {
      outer: undefined,
      environment: new Environment(),
      named: false,
    })
    if (columns.length !== relation.attributes.length) throw cannot('its definition cannot be read')
    const shown = columns.filter((column) => column.sensitivity === 'content')
    const ofAll = (rows: readonly number[]) =>
      rows.length > 0 &&
      shown.every(
        ({ row }) =>
          row !== undefined && rows.some((one) => binding.rows.leader(one) === binding.rows.leader(row)),
      )
    return columns.map((column) => ({
      sensitivity: column.sensitivity,
      json: column.json,
      traceId: ofAll(column.traceOf),
      time: ofAll(column.timeOf),
      ...(column.field === undefined ? {} : { field: column.field }),
      ...(column.source === undefined ? {} : { source: column.source }),
    }))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'TW_SQL_VIEW') throw error
    throw cannot(error instanceof Error ? error.message : 'its definition cannot be read')
  }
}
