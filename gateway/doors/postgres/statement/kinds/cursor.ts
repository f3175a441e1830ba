import { refuse } from '../errors.ts'
import type { Node } from '../parser/tree.ts'
import type { StatementPlan } from '../plan.ts'
import { print } from './facts.ts'
import { planSelect } from './select.ts'
import { quoted, sessionPlan, type Tools } from './tools.ts'

type Statement<K extends string> = Extract<Node, Record<K, unknown>> extends Record<K, infer S> ? S : never

const BINARY = 1

/** DECLARE: the query is judged now; what FETCH answers is described then. */
export function planDeclare(tools: Tools, statement: Statement<'DeclareCursorStmt'>): StatementPlan {
  const { query, options = 0, portalname = '' } = statement
  if (!query || !('SelectStmt' in query)) throw refuse('TW_SQL_UNSUPPORTED', { what: 'This cursor' })
  // Parallel plans and the like are the server's own bits; a binary cursor's rows carry no sign of it.
  if (options & BINARY) throw refuse('TW_SQL_UNSUPPORTED', { what: 'A binary cursor' }, 'sql-copy')
  const inner = planSelect(tools, query.SelectStmt)
  const sql = print(tools, { DeclareCursorStmt: { ...statement, query } })
  const shape = `DECLARE CURSOR FOR ${inner.shape}`
  return { ...inner, kind: 'declare', route: inner.route, sql, name: portalname, shape }
}

const ALL = 2 ** 62

/** FETCH and MOVE: of the cursor `name`, whose plan the session keeps. */
export function planFetch(statement: Statement<'FetchStmt'>): StatementPlan {
  const { direction = 'FETCH_FORWARD', portalname: name = '', ismove } = statement
  const count = Number(statement.howMany ?? 0)
  const word = direction.replace('FETCH_', '')
  const many = Math.abs(count) >= ALL ? 'ALL' : String(count)
  const verb = ismove ? 'MOVE' : 'FETCH'
  const rows = many === 'ALL' ? undefined : word === 'FORWARD' || word === 'BACKWARD' ? Math.abs(count) : 1
  return sessionPlan(ismove ? 'move' : 'fetch', `${verb} ${word} ${many} FROM ${quoted(name)}`, {
    action: ismove ? 'asset' : 'read',
    route: ismove ? 'postgres.session' : 'postgres.select',
    name,
    shape: `${verb} ${word}`,
    ...(rows === undefined ? {} : { rows }),
  })
}

export const planClose = ({ portalname: name }: Statement<'ClosePortalStmt'>): StatementPlan =>
  name === undefined
    ? sessionPlan('close', 'CLOSE ALL')
    : sessionPlan('close', `CLOSE ${quoted(name)}`, { name, shape: 'CLOSE' })
