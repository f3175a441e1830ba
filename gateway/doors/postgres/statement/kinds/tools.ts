import type { Binding } from '../bind/binding.ts'
import type { Parser } from '../parser/parser.ts'
import type { StatementContext, StatementPlan } from '../plan.ts'
import type { Relations } from '../sensitivity/relations.ts'

/** What judging one statement needs. */
export interface Tools {
  readonly parser: Parser
  readonly context: StatementContext
  readonly relations: Relations
  /** Gathers facts even where the statement ends in a refusal. */
  readonly binding: Binding
}

const NOTHING: StatementPlan['shapeOf'] = Object.freeze({ traceId: [], time: [], record: [], structural: [] })

/** A statement that reads no relation: transactions, parameters, names. */
export function sessionPlan(
  kind: StatementPlan['kind'],
  sql: string,
  rest: Partial<StatementPlan> = {},
): StatementPlan {
  return {
    kind,
    action: 'asset',
    route: 'postgres.session',
    sql,
    relations: [],
    predicates: [],
    shapeOf: NOTHING,
    shape: sql.replace(/ TO .*$/s, ''),
    logical: sql,
    bypass: [],
    ...rest,
  }
}

/** An identifier, quoted. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`
/** A text constant, for a server with standard_conforming_strings on. */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`
