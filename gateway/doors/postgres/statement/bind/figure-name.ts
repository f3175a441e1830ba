import type { Node } from '../parser/tree.ts'
import { namesOf } from './names.ts'

/** How PostgreSQL calls a select-list item that has no alias (FigureColname of its parser). */
export function figureName(node: Node | undefined): string {
  return figure(node)?.name ?? '?column?'
}

/** A name, and whether it is a type's or keyword's only, which a better one replaces. */
interface Figured {
  name: string
  weak: boolean
}
const strong = (name: string): Figured => ({ name, weak: false })
const weak = (name: string): Figured => ({ name, weak: true })

function figure(node: Node | undefined): Figured | undefined {
  if (!node) return undefined
  if ('ColumnRef' in node) return named(lastString(node.ColumnRef.fields))
  if ('A_Indirection' in node) {
    const field = lastString(node.A_Indirection.indirection)
    return field === undefined ? figure(node.A_Indirection.arg) : strong(field)
  }
  if ('FuncCall' in node) return named(lastString(node.FuncCall.funcname))
  if ('A_Expr' in node) return node.A_Expr.kind === 'AEXPR_NULLIF' ? strong('nullif') : undefined
  if ('TypeCast' in node) {
    const inner = figure(node.TypeCast.arg)
    if (inner && !inner.weak) return inner
    const type = namesOf(node.TypeCast.typeName?.names)?.at(-1)
    return type === undefined ? inner : weak(type)
  }
  if ('CollateClause' in node) return figure(node.CollateClause.arg)
  if ('GroupingFunc' in node) return strong('grouping')
  if ('SubLink' in node) return sublink(node.SubLink)
  if ('CaseExpr' in node) {
    const inner = figure(node.CaseExpr.defresult)
    return inner && !inner.weak ? inner : weak('case')
  }
  if ('A_ArrayExpr' in node) return strong('array')
  if ('RowExpr' in node) return strong('row')
  if ('CoalesceExpr' in node) return strong('coalesce')
  if ('MinMaxExpr' in node) return strong(node.MinMaxExpr.op === 'IS_LEAST' ? 'least' : 'greatest')
  if ('SQLValueFunction' in node) {
    const name = (node.SQLValueFunction.op ?? '').replace(/^SVFOP_/, '').replace(/_N$/, '')
    return strong(name.toLowerCase())
  }
  return undefined
}

function sublink(link: Extract<Node, { SubLink: unknown }>['SubLink']): Figured | undefined {
  if (link.subLinkType === 'EXISTS_SUBLINK') return strong('exists')
  if (link.subLinkType === 'ARRAY_SUBLINK') return strong('array')
  if (link.subLinkType !== 'EXPR_SUBLINK') return undefined
  const query = link.subselect && 'SelectStmt' in link.subselect ? link.subselect.SelectStmt : undefined
  const first = query?.targetList?.[0]
  if (!first || !('ResTarget' in first)) return undefined
  return first.ResTarget.name ? strong(first.ResTarget.name) : figure(first.ResTarget.val)
}

const named = (name: string | undefined) => (name === undefined ? undefined : strong(name))

function lastString(nodes: readonly Node[] | undefined): string | undefined {
  const names = (nodes ?? []).flatMap((node) => ('String' in node ? [node.String.sval ?? ''] : []))
  return names.at(-1)
}
