import type { Column } from '../bind/column.ts'
import { integerOf, placeOf } from '../bind/names.ts'
import type { Rows } from '../bind/rows.ts'
import { bindSelect, Environment } from '../bind/select.ts'
import { refuse } from '../errors.ts'
import type { Node, SelectStmt } from '../parser/tree.ts'
import type { PlanColumn, ResultPlan, StatementPlan } from '../plan.ts'
import { factsOf, print } from './facts.ts'
import { shapeOf } from './shape.ts'
import type { Tools } from './tools.ts'

/** A query: its result columns are columns of relations, or computed from what is plain. */
export function planSelect(tools: Tools, select: SelectStmt): StatementPlan {
  const { binding } = tools
  const { columns, single } = bindSelect(binding, select, {
    outer: undefined,
    environment: new Environment(),
    named: false,
  })
  const result = resultOf(columns, binding.rows)
  const sql = print(tools, { SelectStmt: select })
  const limit = integerOf(select.limitCount)
  if (limit !== undefined) binding.fixed.add(placeOf(select.limitCount))
  const rows = single ? 1 : limit
  const catalogue = binding.system.size > 0 && binding.declared.size === 0
  return {
    kind: 'select',
    action: result.content ? 'read' : 'search',
    route: catalogue ? 'postgres.catalogue' : 'postgres.select',
    ...factsOf(tools),
    sql,
    result,
    ...(rows === undefined ? {} : { rows }),
    shape: shapeOf(tools.parser, { SelectStmt: select }, sql),
    logical: logicalOf(tools, select, sql),
  }
}

/** Pages of one query are one query. */
function logicalOf(tools: Tools, select: SelectStmt, sql: string): string {
  if (!select.limitCount && !select.limitOffset) return sql
  const { limitCount, limitOffset, ...rest } = select
  const all: Node = { SelectStmt: { ...rest, limitOption: 'LIMIT_OPTION_DEFAULT' } }
  // WITH TIES needs its LIMIT; such a query is its own.
  return tools.parser.print(all) ?? sql
}

/** The columns answered. @throws TW_SQL_SET_OPERATION for one that is content and has no origin any more */
export function resultOf(columns: readonly Column[], rows: Rows): ResultPlan {
  for (const column of columns)
    if (column.sensitivity !== 'plain' && !column.origin)
      throw refuse(
        'TW_SQL_SET_OPERATION',
        { column: column.path, operator: 'UNION or a recursive query' },
        'sql-union',
      )
  const secret = columns.filter((column) => column.sensitivity !== 'plain')
  const traceIds = covering(columns, secret, rows, (column) => column.traceOf)
  const times = covering(columns, secret, rows, (column) => column.timeOf)
  return {
    columns: columns.map(planned),
    content: columns.some((column) => column.sensitivity === 'content'),
    ...(traceIds ? { traceIds } : {}),
    ...(times ? { times } : {}),
  }
}

function planned({ name, origin, source, sensitivity, field }: Column): PlanColumn {
  return {
    name,
    sensitivity,
    ...(origin ? { origin } : {}),
    ...(source ? { source } : {}),
    ...(field === undefined ? {} : { field }),
  }
}

/** Indexes of the result columns that tell, for the row of each of `secret`, which trace it is of; or when that began. */
function covering(
  columns: readonly Column[],
  secret: readonly Column[],
  rows: Rows,
  of: (column: Column) => readonly number[],
): number[] | undefined {
  if (secret.length === 0) return undefined
  const indexes = new Set<number>()
  for (const leader of new Set(secret.map(({ row }) => (row === undefined ? -1 : rows.leader(row))))) {
    const index = columns.findIndex((column) => of(column).some((row) => rows.leader(row) === leader))
    if (leader < 0 || index < 0) return undefined
    indexes.add(index)
  }
  return [...indexes]
}
