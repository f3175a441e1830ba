import { bindExpression } from '../bind/expression.ts'
import { NOTHING } from '../bind/scope.ts'
import { Environment } from '../bind/select.ts'
import { bindType } from '../bind/type-name.ts'
import { refuse } from '../errors.ts'
import type { Node } from '../parser/tree.ts'
import type { StatementPlan } from '../plan.ts'
import { print } from './facts.ts'
import { planSelect } from './select.ts'
import { quoted, sessionPlan, type Tools } from './tools.ts'

type Statement<K extends string> = Extract<Node, Record<K, unknown>> extends Record<K, infer S> ? S : never

const place = { scope: NOTHING, environment: new Environment() }
const use = { as: 'value', operator: 'EXECUTE' } as const

/** PREPARE of a query; other statements have nothing to gain from it. */
export function planPrepare(tools: Tools, statement: Statement<'PrepareStmt'>): StatementPlan {
  const { query, name = '', argtypes = [] } = statement
  if (!query || !('SelectStmt' in query)) throw refuse('TW_SQL_UNSUPPORTED', { what: 'PREPARE of no SELECT' })
  for (const type of argtypes)
    if ('TypeName' in type)
      bindType(tools.binding, type.TypeName, (node) => bindExpression(tools.binding, node, place, use))
  const inner = planSelect(tools, query.SelectStmt)
  const sql = print(tools, { PrepareStmt: { ...statement, query } })
  const shape = `PREPARE AS ${inner.shape}`
  return { ...inner, kind: 'prepare', sql, name, inner, shape }
}

/** EXECUTE: what it answers is what the prepared statement `name` does. */
export function planExecute(tools: Tools, statement: Statement<'ExecuteStmt'>): StatementPlan {
  const { name = '', params } = statement
  for (const value of params ?? []) bindExpression(tools.binding, value, place, use)
  const sql = print(tools, { ExecuteStmt: statement })
  return sessionPlan('execute', sql, {
    action: 'read',
    route: 'postgres.select',
    name,
    shape: `EXECUTE ${quoted(name)}`,
  })
}

export function planDeallocate({ name, isall }: Statement<'DeallocateStmt'>): StatementPlan {
  if (isall || name === undefined) return sessionPlan('deallocate', 'DEALLOCATE ALL')
  return sessionPlan('deallocate', `DEALLOCATE ${quoted(name)}`, { name, shape: 'DEALLOCATE' })
}
