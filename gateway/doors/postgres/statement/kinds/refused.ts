import type { Action } from '../../../../policy/facts.ts'
import { refuse } from '../errors.ts'
import type { Technique } from '../techniques.ts'

const WRITES = /^(Insert|Update|Delete|Merge|Truncate|Lock)Stmt$/
const PROCEDURES =
  /^(Do|Call|Load|Notify|Listen|CreateFunction|AlterFunction|CreateTrig|CreateEventTrig|CreatePLang)Stmt$/
const POLICY =
  /Role|Grant|Policy|SecLabel|DefaultPrivileges|AlterOwner|AlterSystem|DatabaseSet|ReassignOwned|DropOwned|UserMapping|Publication|Subscription|ForeignServer|Constraints/

/** Everything that is no query and no matter of the session, by what it would do. */
export function refuseStatement(tag: string): never {
  const what = WORDS[tag] ?? wordsOf(tag)
  if (tag === 'ExplainStmt') throw refuse('TW_SQL_EXPLAIN', {}, 'sql-explain')
  if (WRITES.test(tag)) throw refuse('TW_SQL_WRITE', { what }, 'sql-write')
  throw refuse('TW_SQL_ADMIN', { what }, techniqueOf(tag))
}

const techniqueOf = (tag: string): Technique =>
  PROCEDURES.test(tag) ? 'sql-procedure' : POLICY.test(tag) ? 'sql-policy' : 'sql-schema-change'

const WORDS: Readonly<Record<string, string>> = {
  DoStmt: 'DO',
  CallStmt: 'CALL',
  ViewStmt: 'CREATE VIEW',
  CreateStmt: 'CREATE TABLE',
  CreateTableAsStmt: 'CREATE TABLE AS',
  IndexStmt: 'CREATE INDEX',
  SecLabelStmt: 'SECURITY LABEL',
  CreateTrigStmt: 'CREATE TRIGGER',
  AlterRoleSetStmt: 'ALTER ROLE SET',
}

/** `AlterTableStmt` → `ALTER TABLE`. */
const wordsOf = (tag: string): string =>
  tag
    .replace(/Stmt$/, '')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toUpperCase()

/** What kind of act a refused statement was, for events. */
export const actionOf = (tag: string): Action =>
  WRITES.test(tag) ? 'write' : tag === 'CopyStmt' ? 'export' : READS.has(tag) ? 'read' : 'admin'

const READS = new Set([
  'SelectStmt',
  'DeclareCursorStmt',
  'FetchStmt',
  'PrepareStmt',
  'ExecuteStmt',
  'ExplainStmt',
  'ClosePortalStmt',
  'VariableShowStmt',
])
