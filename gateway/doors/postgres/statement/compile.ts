import { CodedError } from '../../../../core/errors.ts'
import { checkNodes } from './allow/nodes.ts'
import { type Binding, newBinding, refuseLeak } from './bind/binding.ts'
import { tagOf } from './bind/names.ts'
import { refuse, sqlstateOf } from './errors.ts'
import { planCopy } from './kinds/copy.ts'
import { planClose, planDeclare, planFetch } from './kinds/cursor.ts'
import { planDeallocate, planExecute, planPrepare } from './kinds/prepare.ts'
import { actionOf, refuseStatement } from './kinds/refused.ts'
import { planSelect } from './kinds/select.ts'
import { planSet, planShow } from './kinds/settings.ts'
import { shapeOf } from './kinds/shape.ts'
import { sessionPlan, type Tools } from './kinds/tools.ts'
import { planTransaction } from './kinds/transaction.ts'
import { planWrite } from './kinds/write.ts'
import { type Parser, SyntaxProblem } from './parser/parser.ts'
import type { Node } from './parser/tree.ts'
import type { Compiled, Refusal, StatementContext, StatementPlan } from './plan.ts'
import type { Relations } from './sensitivity/relations.ts'

/** Longer than anybody types; a list of values that long is an array parameter. */
const LONGEST = 256 * 1024
const TESTED = { from: 14, to: 18 }

/**
 * Judges one text. `fixed`: where constants stand whose values decided something. Every way out is a plan or a refusal: what goes wrong here is
 * withheld, never passed.
 */
export function compileStatement(
  text: string,
  context: StatementContext,
  parser: Parser,
  relations: Relations,
): { compiled: Compiled; fixed: ReadonlySet<number> } {
  const binding = newBinding(context, relations, refuseLeak)
  const { fixed } = binding
  let statement: Node | undefined
  try {
    const { major } = context.catalogue
    if (major < TESTED.from || major > TESTED.to) throw refuse('TW_SQL_SERVER', { major: String(major) })
    if (text.length > LONGEST) throw refuse('TW_SQL_TOO_LONG', {})
    // The parser would read no further.
    if (text.includes('\0')) throw refuse('TW_SQL_SYNTAX', {})
    const [first, second] = parser.parse(text)
    if (!first) return { compiled: { plan: sessionPlan('empty', '') }, fixed }
    statement = first
    if (second) throw refuse('TW_SQL_MULTIPLE', {}, 'sql-multiple')
    return { compiled: { plan: planOf({ parser, context, relations, binding }, first) }, fixed }
  } catch (error) {
    return { compiled: { refusal: refusalOf(codedOf(error), text, statement, parser, binding) }, fixed }
  }
}

function planOf(tools: Tools, statement: Node): StatementPlan {
  if ('SelectStmt' in statement) {
    checkNodes(statement)
    return planSelect(tools, statement.SelectStmt)
  }
  if ('TransactionStmt' in statement) return planTransaction(tools, statement.TransactionStmt)
  if ('VariableSetStmt' in statement) return planSet(tools, statement.VariableSetStmt)
  if ('VariableShowStmt' in statement) return planShow(statement.VariableShowStmt.name)
  if ('DeclareCursorStmt' in statement) {
    checkNodes(statement.DeclareCursorStmt.query)
    return planDeclare(tools, statement.DeclareCursorStmt)
  }
  if ('FetchStmt' in statement) return planFetch(statement.FetchStmt)
  if ('ClosePortalStmt' in statement) return planClose(statement.ClosePortalStmt)
  if ('PrepareStmt' in statement) {
    checkNodes([...(statement.PrepareStmt.argtypes ?? []), statement.PrepareStmt.query])
    return planPrepare(tools, statement.PrepareStmt)
  }
  if ('ExecuteStmt' in statement) {
    checkNodes(statement.ExecuteStmt.params)
    return planExecute(tools, statement.ExecuteStmt)
  }
  if ('DeallocateStmt' in statement) return planDeallocate(statement.DeallocateStmt)
  if ('CopyStmt' in statement) return planCopy(tools, statement.CopyStmt)
  if ('DiscardStmt' in statement) {
    const what = statement.DiscardStmt.target?.replace('DISCARD_', '') ?? 'ALL'
    return sessionPlan('discard', `DISCARD ${what}`, { name: what.toLowerCase() })
  }
  if ('UnlistenStmt' in statement) return sessionPlan('discard', 'UNLISTEN *', { name: 'unlisten' })
  const written = 'InsertStmt' in statement || 'UpdateStmt' in statement || 'DeleteStmt' in statement
  if (written && tools.context.policy.writes) {
    checkNodes(statement)
    return planWrite(tools, statement)
  }
  return refuseStatement(tagOf(statement))
}

/** A fault of ours is no reason to let something pass, nor to tell what was in the statement. */
function codedOf(error: unknown): CodedError {
  if (error instanceof CodedError) return error
  if (error instanceof SyntaxProblem)
    return refuse(
      'TW_SQL_SYNTAX',
      {},
      undefined,
      error.position === undefined ? undefined : error.position - 1,
    )
  if (error instanceof RangeError) return refuse('TW_SQL_TOO_LONG', {})
  return refuse('TW_SQL_UNSUPPORTED', { what: 'This statement' }, 'sql-unknown-syntax')
}

function refusalOf(
  error: CodedError,
  text: string,
  statement: Node | undefined,
  parser: Parser,
  binding: Binding,
): Refusal {
  const { at, bypass } = error.details
  const tag = statement ? tagOf(statement) : undefined
  return {
    error,
    sqlstate: sqlstateOf(error),
    ...(typeof at === 'number' ? { position: characterAt(text, at) } : {}),
    action: tag === undefined ? 'read' : actionOf(tag),
    bypass: Array.isArray(bypass) ? bypass.map(String) : [],
    predicates: [...binding.predicates.values()],
    relations: [...binding.read],
    shape: shapeIf(statement, tag, parser),
  }
}

/** The parser counts bytes, clients characters from 1. */
const characterAt = (text: string, at: number): number =>
  Buffer.from(text).subarray(0, at).toString('utf8').length + 1

/** Queries without their literals; of other statements, in which literals can stand anywhere, only the kind. */
function shapeIf(statement: Node | undefined, tag: string | undefined, parser: Parser): string {
  if (!statement || tag === undefined) return 'unparsable'
  const text = tag === 'SelectStmt' ? parser.print(statement) : undefined
  return text === undefined ? tag : shapeOf(parser, statement, text)
}
