import type { Relation } from '../../catalogue/catalogue.ts'
import { refuse } from '../errors.ts'
import type { RangeVar } from '../parser/tree.ts'
import type { KnownRelation } from '../sensitivity/relations.ts'
import type { Binding } from './binding.ts'
import { type Column, computed } from './column.ts'
import { aliasNames, renamed } from './from.ts'
import type { Item } from './scope.ts'
import { schemasOf } from './search-path.ts'
import type { Environment } from './select.ts'

/** Of the columns every table has, the one that tells nothing of its rows; ctid follows from how long they are. */
const SYSTEM_COLUMNS: readonly Column[] = [computed('tableoid')]

/** A table, view or WITH name in FROM. Relations are qualified, so that the server finds what was judged. */
export function bindRelation(binding: Binding, node: RangeVar, environment: Environment): Item {
  const name = node.relname ?? ''
  const alias = node.alias?.aliasname ?? name
  const cte = node.schemaname === undefined ? environment.find(name) : undefined
  if (cte) return { alias, columns: renamed(anotherUse(binding, cte), aliasNames(node.alias)), system: [] }
  const { relation, columns, ...known } = binding.relations.of(find(binding, node))
  noteRead(binding, { relation, columns, ...known })
  const row = binding.rows.next()
  const bound = columns.map(
    (column): Column => ({
      name: column.name,
      sensitivity: column.sensitivity,
      origin: { relation: relation.oid, attribute: column.number },
      source: column.source,
      path: column.source.path.join('.'),
      json: column.json,
      row,
      traceOf: column.traceId ? [row] : [],
      timeOf: column.time ? [row] : [],
      ...(column.field === undefined ? {} : { field: column.field }),
    }),
  )
  node.schemaname = relation.schema
  return {
    alias,
    ...(node.alias ? {} : { schema: relation.schema }),
    columns: renamed(bound, aliasNames(node.alias)),
    system: relation.kind === 'v' ? [] : SYSTEM_COLUMNS,
  }
}

/** The relation a name means. Temporary ones are none: nobody can make them here. */
export function find({ context }: Binding, { schemaname, relname = '', location }: RangeVar): Relation {
  const schemas = schemaname === undefined ? schemasOf(context) : [schemaname]
  for (const schema of schemas) {
    const found = context.catalogue.relation(schema, relname)
    if (found) return found
  }
  const relation = schemaname === undefined ? relname : `${schemaname}.${relname}`
  throw refuse('TW_SQL_NO_RELATION', { relation }, undefined, location)
}

export function noteRead(binding: Binding, { name, system, collection }: KnownRelation): void {
  binding.read.add(name)
  if (system) binding.system.add(name)
  else binding.declared.set(name, collection)
}

/** A WITH query used twice answers with different rows each time. */
function anotherUse(binding: Binding, columns: readonly Column[]): Column[] {
  const rows = new Map<number, number>()
  const fresh = (row: number) => {
    const leader = binding.rows.leader(row)
    const known = rows.get(leader) ?? binding.rows.next()
    rows.set(leader, known)
    return known
  }
  return columns.map((column) => ({
    ...column,
    ...(column.row === undefined ? {} : { row: fresh(column.row) }),
    traceOf: column.traceOf.map(fresh),
    timeOf: column.timeOf.map(fresh),
  }))
}
