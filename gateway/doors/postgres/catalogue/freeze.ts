import type { Catalogue, PgFunction, PgType, Relation } from './catalogue.ts'

interface Parts extends Pick<Catalogue, 'epoch' | 'major' | 'database' | 'shadowedOperators' | 'schemas'> {
  relations: readonly Relation[]
  types: readonly PgType[]
  functions: readonly PgFunction[]
}

/** Indexes what was read, so that every look-up is one. */
export function freeze({ relations, types, functions, ...rest }: Parts): Catalogue {
  const relationNames = new Map(relations.map((relation) => [key(relation), relation]))
  const relationOids = new Map(relations.map((relation) => [relation.oid, relation]))
  const typeNames = new Map(types.map((type) => [key(type), type]))
  const typeOids = new Map(types.map((type) => [type.oid, type]))
  const functionNames = new Map<string, PgFunction[]>()
  for (const one of functions) functionNames.set(key(one), [...(functionNames.get(key(one)) ?? []), one])
  return Object.freeze({
    ...rest,
    relations,
    relation: (schema: string, name: string) => relationNames.get(key({ schema, name })),
    relationByOid: (oid: number) => relationOids.get(oid),
    type: (oid: number) => typeOids.get(oid),
    typeByName: (schema: string, name: string) => typeNames.get(key({ schema, name })),
    functions: (schema: string, name: string) => functionNames.get(key({ schema, name })) ?? [],
  })
}

const key = ({ schema, name }: { schema: string; name: string }) => `${schema}\0${name}`
