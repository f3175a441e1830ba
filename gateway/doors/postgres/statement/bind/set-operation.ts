import { refuse } from '../errors.ts'
import type { SelectStmt } from '../parser/tree.ts'
import type { Binding } from './binding.ts'
import { merged } from './column.ts'
import { bindSorting } from './order.ts'
import { NOTHING } from './scope.ts'
import { type BoundQuery, bindSelect, type Setting } from './select.ts'

/**
 * UNION, INTERSECT, EXCEPT. All but UNION ALL compare rows, and no result column has an origin: what is not plain goes
 * in nowhere, and out nowhere.
 */
export function bindSetOperation(binding: Binding, select: SelectStmt, setting: Setting): BoundQuery {
  const { larg, rarg, op, all } = select
  if (!larg || !rarg) throw refuse('TW_SQL_UNSUPPORTED', { what: 'This set operation' }, 'sql-unknown-syntax')
  const left = bindSelect(binding, larg, setting).columns
  const right = bindSelect(binding, rarg, setting).columns
  const operator = `${op?.replace('SETOP_', '') ?? 'UNION'}${all ? ' ALL' : ''}`
  if (left.length !== right.length)
    throw refuse('TW_SQL_UNSUPPORTED', { what: `${operator} of different widths` })
  const columns = left.map((column, index) => {
    const pair = [column, ...right.slice(index, index + 1)]
    const secret = pair.find((one) => one.sensitivity !== 'plain')
    if (secret && operator !== 'UNION ALL') binding.leak(secret, { as: 'filter', operator }, undefined)
    return merged(column.name, pair)
  })
  const place = { scope: NOTHING, environment: setting.environment }
  bindSorting(binding, select.sortClause, { columns, aggregated: false }, place, 'ORDER BY')
  return { columns, single: false }
}
