import type { Node, SelectStmt } from '../parser/tree.ts'
import type { Binding } from './binding.ts'
import { type Column, computed } from './column.ts'
import { bindCondition } from './condition.ts'
import { bindExpression, bindWindow, flow } from './expression.ts'
import { bindFrom } from './from.ts'
import { bindGrouping, bindSorting } from './order.ts'
import { joinScopes, NOTHING, type Scope } from './scope.ts'
import { bindSetOperation } from './set-operation.ts'
import { bindTargets } from './targets.ts'
import { bindWith } from './with.ts'

/** WITH names in force. */
export class Environment {
  private readonly name: string
  private readonly columns: readonly Column[]
  private readonly parent: Environment | undefined

  constructor(name = '', columns: readonly Column[] = [], parent?: Environment) {
    this.name = name
    this.columns = columns
    this.parent = parent
  }

  find(name: string): readonly Column[] | undefined {
    if (this.parent && this.name === name) return this.columns
    return this.parent?.find(name)
  }
}

/** Where a query stands. */
export interface Setting {
  /** What a correlated query sees of the one around it. */
  readonly outer: Scope | undefined
  readonly environment: Environment
  /** Its columns will be named by others: each gets its name written down. */
  readonly named: boolean
}

export interface BoundQuery {
  readonly columns: readonly Column[]
  /** Answers one row at most: aggregates without groups. */
  readonly single: boolean
}

/** Binds a query and all in it; its result columns, each with how sensitive it is. */
export function bindSelect(binding: Binding, select: SelectStmt, setting: Setting): BoundQuery {
  const environment = bindWith(binding, select.withClause, setting)
  const inside: Setting = { ...setting, environment }
  const bound = bindBody(binding, select, inside)
  const limits = { scope: joinScopes([], setting.outer), environment }
  bindExpression(binding, select.limitCount, limits, { as: 'value', operator: 'LIMIT' })
  bindExpression(binding, select.limitOffset, limits, { as: 'value', operator: 'OFFSET' })
  return bound
}

function bindBody(binding: Binding, select: SelectStmt, setting: Setting): BoundQuery {
  if (select.op && select.op !== 'SETOP_NONE') return bindSetOperation(binding, select, setting)
  if (select.valuesLists) return bindValues(binding, select, setting)
  const { environment } = setting
  const scope = bindFrom(binding, select.fromClause, setting.outer, environment)
  const place = { scope, environment }
  bindCondition(binding, select.whereClause, place, 'WHERE')
  const targets = bindTargets(binding, select, place, setting.named)
  bindGrouping(binding, select.groupClause, targets, place)
  bindExpression(binding, select.havingClause, place, { as: 'filter', operator: 'HAVING' })
  for (const node of select.windowClause ?? [])
    if ('WindowDef' in node) bindWindow(binding, node.WindowDef, place)
  const [first] = select.distinctClause ?? []
  if (first && Object.keys(first).length > 0)
    bindSorting(binding, select.distinctClause, targets, place, 'DISTINCT ON')
  else if (first)
    for (const column of targets.columns)
      flow(binding, column, { as: 'group', operator: 'DISTINCT' }, undefined)
  bindSorting(binding, select.sortClause, targets, place, 'ORDER BY')
  return {
    columns: targets.columns,
    single: !select.groupClause && targets.aggregated,
  }
}

function bindValues(binding: Binding, select: SelectStmt, { outer, environment }: Setting): BoundQuery {
  const place = { scope: { ...NOTHING, parent: outer }, environment }
  let width = 0
  for (const row of select.valuesLists ?? []) {
    const items: readonly Node[] = 'List' in row ? (row.List.items ?? []) : []
    width = Math.max(width, items.length)
    for (const item of items) bindExpression(binding, item, place, { as: 'value', operator: 'VALUES' })
  }
  const columns = Array.from({ length: width }, (_, index) => computed(`column${index + 1}`))
  const targets = { columns, aggregated: false }
  bindSorting(binding, select.sortClause, targets, place, 'ORDER BY')
  return { columns, single: false }
}
