import { checkNodes } from '../allow/nodes.ts'
import { textOf } from '../bind/names.ts'
import { refuse } from '../errors.ts'
import type { CopyStmt, Node, SelectStmt } from '../parser/tree.ts'
import type { CopyFormat, StatementPlan } from '../plan.ts'
import { planSelect } from './select.ts'
import { literal, type Tools } from './tools.ts'

const cannot = (reason: string) => refuse('TW_SQL_COPY', { reason }, 'sql-copy')

/** COPY … TO STDOUT: a query like any other, whose rows are written as text or CSV. It is an export. */
export function planCopy(tools: Tools, statement: CopyStmt): StatementPlan {
  if (statement.is_from) throw refuse('TW_SQL_WRITE', { what: 'COPY FROM' }, 'sql-write')
  if (statement.is_program || statement.filename !== undefined) throw cannot('it writes on the server')
  const copy = formatOf(statement.options ?? [])
  const select = queryOf(statement)
  checkNodes({ SelectStmt: select })
  const inner = planSelect(tools, select)
  return {
    ...inner,
    kind: 'copy-out',
    action: 'export',
    route: 'postgres.copy',
    sql: `COPY (${inner.sql}) TO STDOUT WITH (${optionsOf(copy)})`,
    inner,
    copy,
    shape: `COPY (${inner.shape}) TO STDOUT`,
  }
}

/** COPY of a table is that of its own rows, without those of tables that inherit from it. */
function queryOf({ relation, query, attlist }: CopyStmt): SelectStmt {
  if (query && 'SelectStmt' in query) return query.SelectStmt
  if (!relation) throw cannot('it copies no query')
  const names: Node[] = attlist ?? []
  const fields: Node[][] = names.length ? names.map((name) => [name]) : [[{ A_Star: {} }]]
  return {
    targetList: fields.map((one): Node => ({ ResTarget: { val: { ColumnRef: { fields: one } } } })),
    fromClause: [{ RangeVar: { ...relation, inh: relation.inh ?? false } }],
    limitOption: 'LIMIT_OPTION_DEFAULT',
    op: 'SETOP_NONE',
  }
}

function formatOf(options: readonly Node[]): CopyFormat {
  const given = new Map<string, string>()
  for (const option of options) {
    if (!('DefElem' in option)) throw cannot('an option cannot be read')
    const { defname = '', arg } = option.DefElem
    given.set(defname, arg === undefined ? 'true' : optionText(arg))
  }
  const format = given.get('format') ?? 'text'
  if (format !== 'text' && format !== 'csv') throw cannot(`format ${format} cannot be masked`)
  for (const name of given.keys())
    if (!['format', 'header', 'delimiter', 'null', 'quote', 'escape', 'encoding'].includes(name))
      throw cannot(`option ${name} is not supported`)
  if (!/^utf-?8$/i.test(given.get('encoding') ?? 'utf8')) throw cannot('its encoding is not UTF8')
  const quote = given.get('quote') ?? '"'
  const copy: CopyFormat = {
    format,
    header: /^(true|on|1)$/i.test(given.get('header') ?? 'false'),
    delimiter: given.get('delimiter') ?? (format === 'csv' ? ',' : '\t'),
    null: given.get('null') ?? (format === 'csv' ? '' : '\\N'),
    quote,
    escape: given.get('escape') ?? quote,
  }
  const single = [copy.delimiter, copy.quote, copy.escape].every((text) => /^[\x01-\x7f]$/.test(text))
  if (!single || /[\r\n]/.test(copy.null + copy.delimiter)) throw cannot('a delimiter is no single character')
  return copy
}

function optionText(node: Node): string {
  if ('String' in node) return node.String.sval ?? ''
  if ('Boolean' in node) return String(node.Boolean.boolval ?? false)
  if ('Integer' in node) return String(node.Integer.ival ?? 0)
  const text = textOf(node)
  if (text === undefined) throw cannot('an option cannot be read')
  return text
}

function optionsOf(copy: CopyFormat): string {
  const options = [
    `FORMAT ${copy.format}, HEADER ${copy.header}`,
    `DELIMITER ${character(copy.delimiter)}, NULL ${literal(copy.null)}`,
  ]
  if (copy.format === 'csv') options.push(`QUOTE ${character(copy.quote)}, ESCAPE ${character(copy.escape)}`)
  return options.join(', ')
}

const character = (text: string) => (text === '\t' ? `E'\\t'` : literal(text))
