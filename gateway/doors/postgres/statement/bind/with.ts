import { refuse } from '../errors.ts'
import type { CommonTableExpr, SelectStmt, WithClause } from '../parser/tree.ts'
import type { Binding } from './binding.ts'
import { type Column, merged } from './column.ts'
import { renamed } from './from.ts'
import { namesOf, tagOf } from './names.ts'
import { bindSelect, Environment, type Setting } from './select.ts'

/** Binds WITH queries in their order; each sees those before it, and with RECURSIVE itself. */
export function bindWith(binding: Binding, clause: WithClause | undefined, setting: Setting): Environment {
  let environment = setting.environment
  for (const node of clause?.ctes ?? []) {
    if (!('CommonTableExpr' in node))
      throw refuse('TW_SQL_UNSUPPORTED', { what: 'This WITH' }, 'sql-unknown-syntax')
    const cte = node.CommonTableExpr
    const query = cte.ctequery
    if (!query || !('SelectStmt' in query))
      throw refuse(
        'TW_SQL_WRITE',
        { what: `${query ? tagOf(query).replace('Stmt', '') : 'It'} in WITH` },
        'sql-write',
      )
    const name = cte.ctename ?? ''
    const inside: Setting = { ...setting, environment, named: true }
    const recursive = clause?.recursive && query.SelectStmt.op !== 'SETOP_NONE' && query.SelectStmt.rarg
    const columns = recursive
      ? fixpoint(binding, cte, query.SelectStmt, inside)
      : renamed(bindSelect(binding, query.SelectStmt, inside).columns, namesOf(cte.aliascolnames))
    environment = new Environment(name, columns, environment)
  }
  return environment
}

/** A recursive query's columns are as sensitive as its first part's, and as what each round adds to them. */
function fixpoint(binding: Binding, cte: CommonTableExpr, query: SelectStmt, setting: Setting): Column[] {
  const names = cte.aliascolnames ? namesOf(cte.aliascolnames) : undefined
  const { larg } = query
  if (!larg) throw refuse('TW_SQL_UNSUPPORTED', { what: 'This recursive query' }, 'sql-unknown-syntax')
  // WITH of the whole is seen by both parts; binding it here first would give it twice, which changes nothing.
  const environment = bindWith(binding, query.withClause, setting)
  const first = bindSelect(binding, larg, { ...setting, environment }).columns
  let columns = renamed(first, names).map((column) => merged(column.name, [column]))
  // A column only ever becomes more sensitive, so this ends after as many rounds as there are columns.
  for (let round = 0; round <= first.length; round++) {
    const self = new Environment(cte.ctename ?? '', columns, setting.environment)
    const all = renamed(bindSelect(binding, query, { ...setting, environment: self }).columns, names)
    if (all.every((column, index) => column.sensitivity === columns[index]?.sensitivity)) return all
    columns = all.map((column) => merged(column.name, [column]))
  }
  return columns
}
