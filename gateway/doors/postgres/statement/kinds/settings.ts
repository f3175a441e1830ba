import { SETTINGS, SHOWN } from '../allow/settings.ts'
import { refuse } from '../errors.ts'
import type { Node, VariableSetStmt } from '../parser/tree.ts'
import type { StatementPlan } from '../plan.ts'
import { literal, quoted, sessionPlan, type Tools } from './tools.ts'
import { modes } from './transaction.ts'

/** Parameters that decide who one is, what is recorded or what policy rests on: setting one is no mistake. */
const TAMPERING =
  /^(role|session_authorization|row_security|session_replication_role|default_transaction_read_only|transaction_read_only|standard_conforming_strings|client_encoding|backslash_quote|log_.*|pgaudit\..*|track_.*|local_preload_libraries|session_preload_libraries|allow_.*)$/

const refused = (name: string, verb: 'set' | 'shown') =>
  refuse(
    'TW_SQL_SETTING',
    { name, verb },
    verb === 'set' && TAMPERING.test(name) ? 'sql-policy' : 'sql-setting',
  )

/** SET, SET LOCAL, SET TRANSACTION, RESET. */
export function planSet({ context }: Tools, statement: VariableSetStmt): StatementPlan {
  const { kind, args = [], is_local } = statement
  const name = statement.name?.toLowerCase() ?? ''
  const local = is_local === true
  const scope = local ? 'SET LOCAL' : 'SET'
  if (kind === 'VAR_RESET_ALL') return sessionPlan('reset', 'RESET ALL')
  if (kind === 'VAR_SET_MULTI') {
    const options = args
    if (name === 'transaction')
      return sessionPlan('set', `SET TRANSACTION${modes(options, context.policy.writes)}`)
    if (name === 'session characteristics')
      return sessionPlan(
        'set',
        `SET SESSION CHARACTERISTICS AS TRANSACTION${modes(options, context.policy.writes)}`,
      )
    throw refused(name, 'set')
  }
  if (name !== 'search_path' && !SETTINGS.has(name)) throw refused(name, 'set')
  if (kind === 'VAR_RESET') return sessionPlan('reset', `RESET ${name}`, { name })
  if (kind === 'VAR_SET_DEFAULT') return sessionPlan('reset', `${scope} ${name} TO DEFAULT`, { name, local })
  if (kind !== 'VAR_SET_VALUE') throw refused(name, 'set')
  const value = args.map((arg) => textValue(arg) ?? '')
  if (args.some((arg) => textValue(arg) === undefined) || !allowed(name, value)) throw refused(name, 'set')
  const list = name === 'search_path' ? value.map(quoted) : value.map(literal)
  return sessionPlan('set', `${scope} ${name} TO ${list.join(', ')}`, { name, value, local })
}

function allowed(name: string, value: readonly string[]): boolean {
  if (name === 'search_path')
    // pg_catalog anywhere but first, or a temporary schema, would let other functions and operators answer.
    return value.every(
      (schema, at) => schema !== '' && (!schema.startsWith('pg_') || (schema === 'pg_catalog' && at === 0)),
    )
  const check = SETTINGS.get(name)
  return check !== undefined && (name === 'datestyle' || value.length === 1) && check(value.join(', '))
}

function textValue(node: Node): string | undefined {
  if (!('A_Const' in node)) return undefined
  const { sval, ival, fval, boolval } = node.A_Const
  if (sval) return sval.sval ?? ''
  if (ival) return String(ival.ival ?? 0)
  if (fval) return fval.fval
  return boolval ? String(boolval.boolval ?? false) : undefined
}

export function planShow(parameter: string | undefined): StatementPlan {
  const name = parameter?.toLowerCase() ?? ''
  if (!SHOWN.has(name)) throw refused(name, 'shown')
  return sessionPlan('show', `SHOW ${name}`, {
    name,
    result: { columns: [{ name, sensitivity: 'plain' }], content: false },
  })
}
