import { type CodedError, errorsOf } from '../../../../core/errors.ts'
import type { Technique } from './techniques.ts'

/** Every way in which a statement does not go to the server. Details are names from the catalogue, never literals. */
export const sqlErrors = {
  TW_SQL_SYNTAX: {
    status: 400,
    message: 'The statement cannot be parsed',
    hint: 'Correct the syntax; statements are read by the grammar of PostgreSQL 18.',
  },
  TW_SQL_TOO_LONG: {
    status: 413,
    message: 'The statement is longer or more deeply nested than can be judged',
    hint: 'Send lists of values as an array parameter, or split the statement.',
  },
  TW_SQL_MULTIPLE: {
    status: 400,
    message: 'Several statements in one message are refused',
    hint: 'Send one statement at a time.',
  },
  TW_SQL_SERVER: {
    status: 501,
    message: 'PostgreSQL {major} is a version whose behaviour was not tested',
    hint: 'Use a server of major version 14 to 18.',
  },
  TW_SQL_UNSUPPORTED: {
    status: 403,
    message: '{what} cannot be judged, so it is refused',
    hint: 'Write the statement with joins, conditions, aggregates and CTEs of plain SQL; docs/postgres.md lists what passes.',
  },
  TW_SQL_NO_RELATION: {
    status: 404,
    message: 'There is no relation {relation}',
    hint: 'Check the name and the search_path; the gateway knows tables and views, no temporary ones.',
  },
  TW_SQL_NO_COLUMN: {
    status: 404,
    message: 'There is no column {column}',
    hint: 'Check the name. A table name cannot stand for its rows, and `t.f` cannot stand for `f(t)`.',
  },
  TW_SQL_AMBIGUOUS: {
    status: 400,
    message: 'The name {column} is ambiguous',
    hint: 'Put the table’s alias before the column.',
  },
  TW_SQL_UNDECLARED: {
    status: 403,
    message: 'Table {relation} is not declared for this connection',
    hint: 'An admin adds it under connections[].tables, with its trace id, time and structural columns.',
  },
  TW_SQL_VIEW: {
    status: 403,
    message: 'View {relation} cannot be judged: {reason}',
    hint: 'Read the tables under it, or an admin reviews the view and declares it under connections[].tables with definition: {hash}.',
  },
  TW_SQL_EXPRESSION: {
    status: 403,
    message: 'Column {column} may hold secrets and cannot be used in an expression ({operator})',
    hint: 'Select the column as it is, it is shown masked; or an admin declares it structural under connections[].tables.',
  },
  TW_SQL_ORACLE: {
    status: 403,
    message: 'Column {column} may hold secrets and cannot be used in a {use} ({operator})',
    hint: 'Filter and sort by ids, times, numbers and structural columns; an admin declares others structural under connections[].tables.',
  },
  TW_SQL_WHOLE_ROW: {
    status: 403,
    message: 'The whole row of {relation} cannot be used as a value',
    hint: 'Name the columns, or write {relation}.* in the select list.',
  },
  TW_SQL_SET_OPERATION: {
    status: 403,
    message: 'Column {column} may hold secrets and cannot go through {operator}',
    hint: 'Run the parts as statements of their own, or leave the column out.',
  },
  TW_SQL_FUNCTION: {
    status: 403,
    message: 'Function {function} is not allowed',
    hint: 'Use built-in functions that only compute; an admin lists the organisation’s own under connections[].functions.',
  },
  TW_SQL_OPERATOR: {
    status: 403,
    message: 'Operator {operator} is not allowed',
    hint: 'Use the built-in operators; overloaded ones are refused.',
  },
  TW_SQL_TYPE: {
    status: 403,
    message: 'A cast to {type} is not allowed',
    hint: 'Cast to built-in types, enums and domains.',
  },
  TW_SQL_CATALOGUE: {
    status: 403,
    message: 'System relation {relation} is not open to statements',
    hint: 'Names and types of tables can be listed where connections[].catalogue allows it; statistics, activity and credentials never.',
  },
  TW_SQL_EXPLAIN: {
    status: 403,
    message: 'EXPLAIN is refused: plans and estimates tell what hidden values are',
    hint: 'Ask whoever runs the database for the plan.',
  },
  TW_SQL_WRITE: {
    status: 403,
    message: '{what} is refused: this connection is for reading',
    hint: 'Write through the application that owns the data; connections[].writes opens INSERT, UPDATE and DELETE.',
  },
  TW_SQL_WRITE_FLOW: {
    status: 403,
    message: 'Column {column} may hold secrets and cannot be written elsewhere',
    hint: 'Write constants, parameters and plain columns only.',
  },
  TW_SQL_WRITE_KEY: {
    status: 403,
    message:
      'Column {column} cannot be written: it is unique or refers to a table, so that an error would tell which values are there',
    hint: 'Write through the application that owns the data, or declare the column structural if it never holds content.',
  },
  TW_SQL_ADMIN: {
    status: 403,
    message: '{what} is refused: it changes the database, its users or its policy',
    hint: 'Changes are made by an admin on the database itself, not through the gateway.',
  },
  TW_SQL_SETTING: {
    status: 403,
    message: 'Parameter {name} cannot be {verb} here',
    hint: 'Display and time-out parameters can; docs/postgres.md lists them.',
  },
  TW_SQL_COPY: {
    status: 403,
    message: 'COPY is refused: {reason}',
    hint: 'Use COPY (SELECT …) TO STDOUT in text or CSV format, or a SELECT.',
  },
  TW_SQL_PRINT: {
    status: 501,
    message: 'The statement cannot be written again with certainty',
    hint: 'Simplify it; what is sent to the server is written from the tree that was judged.',
  },
  TW_SQL_DESCRIPTION: {
    status: 403,
    message: 'Result column {column} is not what the statement said ({reason})',
    hint: 'Send the statement again: the schema may have changed. Where it stays, select the column by itself.',
  },
} as const

/** What PostgreSQL's clients expect as SQLSTATE. */
const SQLSTATES: Partial<Record<keyof typeof sqlErrors, string>> = {
  TW_SQL_SYNTAX: '42601',
  TW_SQL_TOO_LONG: '54001',
  TW_SQL_MULTIPLE: '0A000',
  TW_SQL_SERVER: '0A000',
  TW_SQL_UNSUPPORTED: '0A000',
  TW_SQL_PRINT: '0A000',
  TW_SQL_NO_RELATION: '42P01',
  TW_SQL_NO_COLUMN: '42703',
  TW_SQL_AMBIGUOUS: '42702',
  TW_SQL_WRITE: '25006',
  TW_SQL_WRITE_FLOW: '42501',
  TW_SQL_WRITE_KEY: '42501',
}
const INSUFFICIENT_PRIVILEGE = '42501'

const states = new Map<string, string>(Object.entries(SQLSTATES))
export const sqlstateOf = (error: CodedError): string => states.get(error.code) ?? INSUFFICIENT_PRIVILEGE

const coded = errorsOf(sqlErrors)

/** A refusal to throw. `technique` is what the event lists under bypass; `at` is the byte in the text, from the tree. */
export const refuse = (
  code: keyof typeof sqlErrors,
  details: Readonly<Record<string, string>>,
  technique?: Technique,
  at?: number,
): CodedError =>
  coded(code, {
    ...details,
    ...(technique === undefined ? {} : { bypass: [technique] }),
    ...(at === undefined || at < 0 ? {} : { at }),
  })
