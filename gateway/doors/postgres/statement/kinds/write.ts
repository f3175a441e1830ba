import { bindCondition } from '../bind/condition.ts'
import { bindExpression } from '../bind/expression.ts'
import { bindFrom } from '../bind/from.ts'
import { bindRelation, find } from '../bind/relation.ts'
import { joinScopes, type Scope } from '../bind/scope.ts'
import { bindSelect, Environment } from '../bind/select.ts'
import { refuse } from '../errors.ts'
import type { DeleteStmt, InsertStmt, Node, RangeVar, UpdateStmt } from '../parser/tree.ts'
import type { StatementPlan } from '../plan.ts'
import { refuseKeys } from '../sensitivity/keys.ts'
import { factsOf, print } from './facts.ts'
import { shapeOf } from './shape.ts'
import type { Tools } from './tools.ts'

const environment = new Environment()

/**
 * INSERT, UPDATE and DELETE where the connection is for writing: on declared tables, of values into which nothing flows
 * that is not plain, or content would be read from where it was written to.
 */
export function planWrite(tools: Tools, statement: Node): StatementPlan {
  if ('InsertStmt' in statement) insert(tools, statement.InsertStmt)
  else if ('UpdateStmt' in statement) update(tools, statement.UpdateStmt)
  else if ('DeleteStmt' in statement) remove(tools, statement.DeleteStmt)
  const sql = print(tools, statement)
  return {
    kind: 'write',
    action: 'write',
    route: 'postgres.write',
    ...factsOf(tools),
    sql,
    shape: shapeOf(tools.parser, statement, sql),
    logical: sql,
  }
}

function insert(tools: Tools, { relation, cols, selectStmt }: InsertStmt): void {
  const { binding } = tools
  target(tools, relation)
  refuseGuesses(tools, relation, cols)
  if (!selectStmt) return
  if (!('SelectStmt' in selectStmt)) throw refuse('TW_SQL_UNSUPPORTED', { what: 'This INSERT' })
  const { columns } = bindSelect(binding, selectStmt.SelectStmt, {
    outer: undefined,
    environment,
    named: false,
  })
  const secret = columns.find((column) => column.sensitivity !== 'plain')
  if (secret) throw refuse('TW_SQL_WRITE_FLOW', { column: secret.path }, 'sql-write')
}

function update(tools: Tools, { relation, targetList, whereClause, fromClause }: UpdateStmt): void {
  const place = { scope: scopeOf(tools, relation, fromClause), environment }
  refuseGuesses(tools, relation, targetList ?? [])
  for (const node of targetList ?? []) {
    if (!('ResTarget' in node)) throw refuse('TW_SQL_UNSUPPORTED', { what: 'This UPDATE' })
    bindExpression(tools.binding, node.ResTarget.val, place, { as: 'value', operator: 'SET' })
  }
  bindCondition(tools.binding, whereClause, place, 'WHERE')
}

function remove(tools: Tools, { relation, whereClause, usingClause }: DeleteStmt): void {
  const place = { scope: scopeOf(tools, relation, usingClause), environment }
  bindCondition(tools.binding, whereClause, place, 'WHERE')
}

/** `targets`: the columns that are written; all of them by default. */
function refuseGuesses(
  { binding, context }: Tools,
  relation: RangeVar | undefined,
  targets: readonly Node[] | undefined,
): void {
  if (!relation) throw refuse('TW_SQL_UNSUPPORTED', { what: 'This write' })
  const written = targets?.map((node) => ('ResTarget' in node ? (node.ResTarget.name ?? '') : ''))
  const { relations } = binding
  refuseKeys(find(binding, relation), written && new Set(written), relations, context.catalogue)
}

function scopeOf(tools: Tools, relation: RangeVar | undefined, others: readonly Node[] | undefined): Scope {
  const item = target(tools, relation)
  const from = bindFrom(tools.binding, others, undefined, environment)
  const own: Scope = { items: [item], columns: item.columns, expandable: true, parent: undefined }
  return joinScopes([own, from], undefined)
}

/** The table that is written, qualified. Views may write elsewhere than they read. */
function target({ binding }: Tools, relation: RangeVar | undefined) {
  if (!relation) throw refuse('TW_SQL_UNSUPPORTED', { what: 'This write' })
  const found = find(binding, relation)
  const { system, name } = binding.relations.of(found)
  if (system || (found.kind !== 'r' && found.kind !== 'p'))
    throw refuse('TW_SQL_WRITE', { what: `Writing to ${name}` }, 'sql-write')
  return bindRelation(binding, relation, environment)
}
