import type { Node } from '../parser/tree.ts'
import type { Use } from './binding.ts'

/** A part of an expression, and how its value is used there. */
export interface Part {
  readonly node: Node | undefined
  readonly use: Use
}

/** The parts of expressions that are no more than their parts; undefined for others. */
export function partsOf(node: Node, use: Use): Part[] | undefined {
  const each = (nodes: readonly (Node | undefined)[] | undefined, operator = use.operator): Part[] =>
    (nodes ?? []).map((part) => ({ node: part, use: { ...use, operator } }))
  if ('A_Const' in node || 'ParamRef' in node || 'SQLValueFunction' in node || 'SetToDefault' in node)
    return []
  if ('CollateClause' in node) return each([node.CollateClause.arg], 'COLLATE')
  if ('BoolExpr' in node) return each(node.BoolExpr.args)
  if ('NullTest' in node) return each([node.NullTest.arg], 'IS NULL')
  if ('BooleanTest' in node) return each([node.BooleanTest.arg], 'IS')
  if ('CoalesceExpr' in node) return each(node.CoalesceExpr.args, 'COALESCE')
  if ('MinMaxExpr' in node) return each(node.MinMaxExpr.args, 'GREATEST, LEAST')
  if ('RowExpr' in node) return each(node.RowExpr.args, 'ROW')
  if ('A_ArrayExpr' in node) return each(node.A_ArrayExpr.elements, 'ARRAY')
  if ('List' in node) return each(node.List.items)
  if ('NamedArgExpr' in node) return each([node.NamedArgExpr.arg])
  if ('GroupingFunc' in node) return each(node.GroupingFunc.args)
  if ('CaseExpr' in node)
    return each([node.CaseExpr.arg, ...whens(node.CaseExpr.args), node.CaseExpr.defresult], 'CASE')
  if ('A_Indirection' in node) {
    const steps = (node.A_Indirection.indirection ?? []).flatMap((step) =>
      'A_Indices' in step ? [step.A_Indices.lidx, step.A_Indices.uidx] : [],
    )
    return each([node.A_Indirection.arg, ...steps], '[]')
  }
  return undefined
}

const whens = (nodes: readonly Node[] | undefined) =>
  (nodes ?? []).flatMap((node) => ('CaseWhen' in node ? [node.CaseWhen.expr, node.CaseWhen.result] : [node]))
