import { isHidden } from '../../../../masking/compile.ts'
import { matches, parseGlob } from '../../../../masking/paths/glob.ts'
import type { Attribute, Catalogue, Relation } from '../../catalogue/catalogue.ts'
import type { Sensitivity, Source } from '../plan.ts'
import { declarationOf, familyOf } from './declared.ts'
import { fieldsOf } from './fields.ts'
import { type PostgresPolicy, segment, type TableEntry } from './policy.ts'
import { isJson, plainType } from './types.ts'

/** A column of a table (or of a view that is judged like one). */
export interface TableColumn {
  readonly number: number
  readonly name: string
  readonly type: number
  readonly sensitivity: Sensitivity
  readonly source: Source
  /** Masking field that hides it. */
  readonly field?: string
  readonly traceId: boolean
  readonly time: boolean
  /** Paths inside it can be looked up, and judged by `structuralPath`. */
  readonly json: boolean
}

/** Sensitivity of each column of a relation by masking fields, declarations and types; generated ones come later. */
export function columnsOf(
  relation: Relation,
  entry: TableEntry,
  policy: PostgresPolicy,
  catalogue: Catalogue,
): TableColumn[] {
  const family = familyOf(relation, catalogue)
  return relation.attributes.map((attribute) =>
    columnOf(attribute, relation, family, entry, policy, catalogue),
  )
}

function columnOf(
  attribute: Attribute,
  relation: Relation,
  family: readonly Relation[],
  entry: TableEntry,
  policy: PostgresPolicy,
  catalogue: Catalogue,
): TableColumn {
  const { name, number, type } = attribute
  const { masking } = policy
  const having = family.filter((member) => member.attributes.some((a) => a.name === name))
  const [root = relation] = family
  const path = pathOf(root, name)
  const json = isJson(catalogue, type)
  const own = fieldsOf(masking, path)
  // Rows of the whole family come through any member, so what hides a column in one hides it in all.
  const others = having.map((member) => fieldsOf(masking, pathOf(member, name)))
  const foreign = others.flatMap((fields) => fields.inside).find((field) => !own.inside.includes(field))
  const hidden = own.hidden ?? others.find((fields) => fields.hidden)?.hidden ?? (json ? foreign : undefined)
  const base = {
    number,
    name,
    type,
    json,
    traceId: entry.table.trace_id === name,
    time: entry.table.time === name,
    source: sourceOf(
      path,
      entry,
      own.shown.map((field) => field.name),
    ),
  }
  if (hidden) return { ...base, sensitivity: 'hidden', field: hidden.name }
  const secretInside = json && own.inside.length > 0
  const declared =
    !secretInside &&
    declares(entry, policy, path, name) &&
    family.every((member) => {
      const other = declarationOf(member, policy, catalogue)
      return (
        !other?.exact || other === entry || !having.includes(member) || declares(other, policy, path, name)
      )
    })
  const plain = declared || (own.shown.length === 0 && plainType(catalogue, type))
  return { ...base, sensitivity: plain ? 'plain' : 'content' }
}

export const pathOf = ({ schema, name }: Pick<Relation, 'schema' | 'name'>, column: string): string[] => [
  segment(schema),
  segment(name),
  segment(column),
]

function declares(
  { table }: TableEntry,
  policy: PostgresPolicy,
  path: readonly string[],
  name: string,
): boolean {
  return (
    table.trace_id === name ||
    table.time === name ||
    table.structural.some((glob) => matches(parseGlob(glob, 'structural'), [segment(name)])) ||
    policy.masking.structural.some((glob) => matches(glob, path))
  )
}

/** For the masking engine: where a value inside a JSON cell stands, and which of these places are structure. */
export function sourceOf(
  path: readonly string[],
  entry: TableEntry | undefined,
  shown: readonly string[] = [],
): Source {
  const table = path.slice(0, -1).join('.')
  return Object.freeze({
    path,
    shown,
    shape: {
      traceId: [],
      time: [],
      record: [],
      structural: (entry?.table.structural ?? []).map((glob) => `${table}.${glob}`),
      resolve: (inside: readonly string[]) => [...path, ...inside],
    },
  })
}

/** Whether a path inside a JSON column is declared to be no content, and no hidden field can stand there. */
export function structuralPath(source: Source, keys: readonly string[], policy: PostgresPolicy): boolean {
  const path = [...source.path, ...keys.map((key) => key.toLowerCase())]
  if (isHidden(policy.masking, path.join('.'))) return false
  return (
    policy.masking.structural.some((glob) => matches(glob, path)) ||
    source.shape.structural.some((glob) => matches(parseGlob(glob, 'structural'), path))
  )
}
