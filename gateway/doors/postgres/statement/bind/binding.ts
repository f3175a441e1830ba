import type { Predicate } from '../../../../policy/facts.ts'
import { refuse } from '../errors.ts'
import type { StatementContext } from '../plan.ts'
import type { Relations } from '../sensitivity/relations.ts'
import type { Technique } from '../techniques.ts'
import type { Column } from './column.ts'
import { Rows } from './rows.ts'

/** How a value is used, and by which operator or function. */
export interface Use {
  readonly as: Predicate['use'] | 'value'
  readonly operator: string
}

/** What binding one statement (or one view's definition) gathers. Made anew for each. */
export interface Binding {
  readonly context: StatementContext
  readonly relations: Relations
  readonly rows: Rows
  /** Names of the relations read, in the order of the text. */
  readonly read: Set<string>
  readonly declared: Map<string, string>
  readonly system: Set<string>
  readonly predicates: Map<string, Predicate>
  /** Where constants stand (bytes in the text) whose values decided something: what is judged holds for them only. */
  readonly fixed: Set<number>
  /** What happens when a column that is not plain is computed with: statements are refused, a view's column is tainted. */
  readonly leak: (column: Column, use: Use, at: number | undefined) => void
  /** Views: runs the binding of a select-list item, and answers what leaked into it. */
  readonly leaking?: (run: () => void) => Column | undefined
}

export function newBinding(context: StatementContext, relations: Relations, leak: Binding['leak']): Binding {
  return {
    context,
    relations,
    rows: new Rows(),
    read: new Set(),
    declared: new Map(),
    system: new Set(),
    predicates: new Map(),
    fixed: new Set(),
    leak,
  }
}

/** What computing with a column that may hold secrets is called in events, by how it is used. */
export const TECHNIQUES: Readonly<Record<Use['as'], Technique>> = {
  filter: 'filter-oracle',
  sort: 'sort-oracle',
  group: 'group-oracle',
  aggregate: 'aggregate-oracle',
  value: 'sql-expression',
}
const CLAUSES: Readonly<Record<Use['as'], string>> = {
  filter: 'condition',
  sort: 'sort order',
  group: 'grouping',
  aggregate: 'aggregate',
  value: 'expression',
}

/** Statements: whatever is not plain stays out of everything but the select list. */
export function refuseLeak(column: Column, use: Use, at: number | undefined): void {
  throw refuse(
    use.as === 'value' ? 'TW_SQL_EXPRESSION' : 'TW_SQL_ORACLE',
    { column: column.path, use: CLAUSES[use.as], operator: use.operator },
    TECHNIQUES[use.as],
    at,
  )
}

/** A plain column that is tested, sorted or grouped by is a fact for policy. */
export function notePredicate(binding: Binding, field: string, use: Use): void {
  if (use.as === 'value') return
  binding.predicates.set(`${field} ${use.as} ${use.operator}`, {
    field,
    use: use.as,
    operator: use.operator,
  })
}
