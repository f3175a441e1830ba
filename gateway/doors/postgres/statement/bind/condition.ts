import type { Node } from '../parser/tree.ts'
import type { Binding } from './binding.ts'
import type { Column } from './column.ts'
import { bindExpression, type Place } from './expression.ts'
import { namesOf } from './names.ts'
import { type Scope, tryResolve } from './scope.ts'

/**
 * A condition; trace ids that it sets equal make rows of the same trace. `sides`: of an outer join, whose condition
 * says nothing about two columns of one side, because rows that fail it are answered all the same.
 */
export function bindCondition(
  binding: Binding,
  node: Node | undefined,
  place: Place,
  clause: string,
  sides?: readonly [Scope, Scope],
): void {
  bindExpression(binding, node, place, { as: 'filter', operator: clause })
  // Columns of queries around this one are not what this condition filters.
  const here: Scope = { ...place.scope, parent: undefined }
  for (const part of conjuncts(node)) {
    const [a, b] = compared(part)
    if (!a || !b) continue
    const pairs = sides
      ? [[sides[0], sides[1]] as const, [sides[1], sides[0]] as const]
      : [[here, here] as const]
    for (const [left, right] of pairs) same(binding, tryResolve(left, a), tryResolve(right, b))
  }
}

function same(binding: Binding, a: Column | undefined, b: Column | undefined): void {
  for (const one of a?.traceOf ?? []) for (const other of b?.traceOf ?? []) binding.rows.same(one, other)
}

/** The parts of a condition all of which hold. */
function conjuncts(node: Node | undefined): Node[] {
  if (!node) return []
  if ('BoolExpr' in node && node.BoolExpr.boolop === 'AND_EXPR')
    return (node.BoolExpr.args ?? []).flatMap(conjuncts)
  return [node]
}

function compared(node: Node): [string[] | undefined, string[] | undefined] | [] {
  if (!('A_Expr' in node) || node.A_Expr.kind !== 'AEXPR_OP' || namesOf(node.A_Expr.name)?.join('.') !== '=')
    return []
  const { lexpr, rexpr } = node.A_Expr
  if (!lexpr || !rexpr || !('ColumnRef' in lexpr) || !('ColumnRef' in rexpr)) return []
  return [namesOf(lexpr.ColumnRef.fields), namesOf(rexpr.ColumnRef.fields)]
}
