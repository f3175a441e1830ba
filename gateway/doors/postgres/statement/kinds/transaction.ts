import { integerOf, textOf } from '../bind/names.ts'
import { refuse } from '../errors.ts'
import type { TransactionStmt } from '../parser/tree.ts'
import type { StatementPlan } from '../plan.ts'
import { quoted, sessionPlan, type Tools } from './tools.ts'

/** BEGIN becomes read-only, whatever it says; the rest ends or marks transactions. */
export function planTransaction({ context }: Tools, statement: TransactionStmt): StatementPlan {
  const { kind, savepoint_name: name = '', chain } = statement
  const more = chain ? ' AND CHAIN' : ''
  switch (kind) {
    case 'TRANS_STMT_BEGIN':
    case 'TRANS_STMT_START':
      return sessionPlan('begin', `BEGIN${modes(statement.options, context.policy.writes)}`)
    case 'TRANS_STMT_COMMIT':
      return sessionPlan('commit', `COMMIT${more}`)
    case 'TRANS_STMT_ROLLBACK':
      return sessionPlan('rollback', `ROLLBACK${more}`)
    case 'TRANS_STMT_SAVEPOINT':
      return sessionPlan('savepoint', `SAVEPOINT ${quoted(name)}`, { name, shape: 'SAVEPOINT' })
    case 'TRANS_STMT_RELEASE':
      return sessionPlan('savepoint', `RELEASE SAVEPOINT ${quoted(name)}`, {
        name,
        shape: 'RELEASE SAVEPOINT',
      })
    case 'TRANS_STMT_ROLLBACK_TO':
      return sessionPlan('savepoint', `ROLLBACK TO SAVEPOINT ${quoted(name)}`, {
        name,
        shape: 'ROLLBACK TO SAVEPOINT',
      })
    default:
      throw refuse('TW_SQL_ADMIN', { what: 'A prepared transaction' }, 'sql-write')
  }
}

const LEVELS = new Set(['read uncommitted', 'read committed', 'repeatable read', 'serializable'])

/** The modes of a transaction, written again; READ WRITE only where the connection is for writing. */
export function modes(options: TransactionStmt['options'], writes: boolean): string {
  let level = ''
  let deferrable = ''
  let readOnly = !writes
  for (const option of options ?? []) {
    if (!('DefElem' in option)) throw refuse('TW_SQL_UNSUPPORTED', { what: 'This transaction mode' })
    const { defname, arg } = option.DefElem
    const text = textOf(arg)?.toLowerCase()
    if (defname === 'transaction_isolation' && text !== undefined && LEVELS.has(text))
      level = ` ISOLATION LEVEL ${text.toUpperCase()}`
    else if (defname === 'transaction_deferrable')
      deferrable = integerOf(arg) ? ' DEFERRABLE' : ' NOT DEFERRABLE'
    else if (defname === 'transaction_read_only') readOnly ||= integerOf(arg) === 1
    else throw refuse('TW_SQL_UNSUPPORTED', { what: 'This transaction mode' })
  }
  return `${level}${readOnly ? ' READ ONLY' : ''}${deferrable}`
}
