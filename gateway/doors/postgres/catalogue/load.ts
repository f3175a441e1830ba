import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Catalogue, CatalogueQuery, PgFunction, PgType, Relation } from './catalogue.ts'
import { freeze } from './freeze.ts'
import { EPOCH, FUNCTIONS, RELATIONS, SCHEMAS, SERVER, SHADOWED, TYPES } from './queries.ts'

const int = z.coerce.number().int()
const json = <T extends z.ZodType>(schema: T) =>
  z
    .string()
    .nullable()
    .transform((text): unknown => (text === null ? [] : JSON.parse(text)))
    .pipe(z.array(schema))

const relationRow = z.object({
  oid: int,
  schema: z.string(),
  name: z.string(),
  kind: z.enum(['r', 'v', 'm', 'p', 'f']),
  attributes: json(z.tuple([z.number(), z.string(), z.number(), z.string().nullable()])),
  parents: json(z.number()),
  keys: json(z.array(z.number())),
  unique: json(z.number()),
  references: json(z.tuple([z.number(), z.number(), z.number()])),
  definition: z.string().nullable(),
})
const optional = z
  .string()
  .nullable()
  .transform((text) => (text === null ? undefined : Number(text)))
const typeRow = z.object({
  oid: int,
  schema: z.string(),
  name: z.string(),
  kind: z.enum(['b', 'c', 'd', 'e', 'p', 'r', 'm']),
  element: optional,
  base: optional,
  subtype: optional,
})
const functionRow = z.object({
  oid: int,
  schema: z.string(),
  name: z.string(),
  kind: z.string(),
  volatility: z.enum(['i', 's', 'v']),
  definer: z.string(),
  set: z.string(),
  args: json(z.string()),
  columns: json(z.string()),
})

/** The epoch of the database as it is now; one small query, for every few seconds or every transaction. */
export async function readEpoch(query: CatalogueQuery): Promise<string> {
  const [row] = await query(EPOCH)
  return z.string().parse(row?.epoch)
}

/**
 * Reads the catalogue in one snapshot. The session must be in no transaction; its search_path stays as it was.
 * @throws what `query` throws, after the transaction was ended
 */
export async function loadCatalogue(query: CatalogueQuery): Promise<Catalogue> {
  await query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
  try {
    // With an empty path the server qualifies every name it prints.
    await query(`SET LOCAL search_path = ''`)
    const epoch = await readEpoch(query)
    const [server] = await query(SERVER)
    const relations = (await query(RELATIONS)).map((row) => relationRow.parse(row))
    const types = (await query(TYPES)).map((row): PgType => typeRow.parse(row))
    const functions = (await query(FUNCTIONS)).map((row) => functionRow.parse(row))
    const names = async (sql: string) => new Set((await query(sql)).map(({ name }) => z.string().parse(name)))
    return freeze({
      epoch,
      major: int.parse(server?.major),
      database: z.string().parse(server?.database),
      relations: relationsOf(relations),
      types,
      functions: functions.map(functionOf),
      shadowedOperators: await names(SHADOWED),
      schemas: await names(SCHEMAS),
    })
  } finally {
    await query('COMMIT')
  }
}

type RelationRow = z.infer<typeof relationRow>

function relationsOf(rows: readonly RelationRow[]): Relation[] {
  const children = new Map<number, number[]>()
  for (const { oid, parents } of rows)
    for (const parent of parents) children.set(parent, [...(children.get(parent) ?? []), oid])
  return rows.map((row) => relationOf(row, children.get(row.oid) ?? []))
}

function relationOf(row: RelationRow, children: readonly number[]): Relation {
  const { oid, schema, name, kind, parents, keys, unique, references, definition } = row
  return {
    oid,
    schema,
    name,
    kind,
    parents,
    keys,
    unique,
    references,
    children,
    attributes: row.attributes.map(([number, attribute, type, generated]) => ({
      number,
      name: attribute,
      type,
      ...(generated === null ? {} : { generated }),
    })),
    ...(definition === null ? {} : { definition: { text: definition, hash: hashOf(definition) } }),
  }
}

const hashOf = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`

const functionOf = ({ definer, set, ...row }: z.infer<typeof functionRow>): PgFunction => ({
  ...row,
  securityDefiner: definer === 'true',
  returnsSet: set === 'true',
})
