import { refuse } from '../errors.ts'
import type { JoinExpr } from '../parser/tree.ts'
import type { Binding } from './binding.ts'
import { type Column, computed } from './column.ts'
import { bindCondition } from './condition.ts'
import { flow } from './expression.ts'
import { aliasNames, bindFromItem, renamed, type Surroundings } from './from.ts'
import { namesOf } from './names.ts'
import { joinScopes, type Scope } from './scope.ts'

export function bindJoin(binding: Binding, join: JoinExpr, around: Surroundings): Scope {
  const { larg, rarg, quals, alias } = join
  if (!larg || !rarg) throw refuse('TW_SQL_UNSUPPORTED', { what: 'This join' }, 'sql-unknown-syntax')
  const left = bindFromItem(binding, larg, around)
  const right = bindFromItem(binding, rarg, { ...around, left: [...around.left, left] })
  const both = joinScopes([left, right], around.outer)
  const names = join.isNatural ? common(left, right) : namesOf(join.usingClause)
  const using = (names ?? []).map((name) => matched(binding, name, left, right, join))
  const rest = (scope: Scope) => scope.columns.filter((column) => !names?.includes(column.name))
  const columns = names ? [...using, ...rest(left), ...rest(right)] : both.columns
  const sides = join.jointype === 'JOIN_INNER' ? undefined : ([left, right] as const)
  bindCondition(binding, quals, { scope: both, environment: around.environment }, 'ON', sides)
  const scope: Scope = { ...both, columns, expandable: both.expandable && using.length === 0 }
  if (!alias) return scope
  const item = { alias: alias.aliasname ?? '', columns: renamed(columns, aliasNames(alias)), system: [] }
  return { items: [item], columns: item.columns, expandable: false, parent: around.outer }
}

const common = (left: Scope, right: Scope): string[] => [
  ...new Set(
    left.columns.map((column) => column.name).filter((name) => right.columns.some((c) => c.name === name)),
  ),
]

/** A column of USING or NATURAL: compared, so both sides must be plain; seen once. */
function matched(
  binding: Binding,
  name: string,
  left: Scope,
  right: Scope,
  { jointype, isNatural }: JoinExpr,
): Column {
  const one = (scope: Scope): Column => {
    const [column, ...more] = scope.columns.filter((candidate) => candidate.name === name)
    if (!column) throw refuse('TW_SQL_NO_COLUMN', { column: name })
    if (more.length) throw refuse('TW_SQL_AMBIGUOUS', { column: name })
    return column
  }
  const [l, r] = [one(left), one(right)]
  const use = { as: 'filter', operator: isNatural ? 'NATURAL JOIN' : 'USING' } as const
  flow(binding, l, use, undefined)
  flow(binding, r, use, undefined)
  for (const a of l.traceOf) for (const b of r.traceOf) binding.rows.same(a, b)
  const base = jointype === 'JOIN_RIGHT' ? r : jointype === 'JOIN_FULL' ? computed(name) : l
  return {
    ...base,
    name,
    path: l.path,
    traceOf: [...l.traceOf, ...r.traceOf],
    timeOf: [...l.timeOf, ...r.timeOf],
  }
}
