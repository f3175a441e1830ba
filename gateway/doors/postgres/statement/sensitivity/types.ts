import type { Catalogue } from '../../catalogue/catalogue.ts'

/** Built-in types in whose values no text can stand. */
const PLAIN = new Set(
  `bool int2 int4 int8 float4 float8 numeric money date time timetz timestamp timestamptz interval uuid inet cidr
   macaddr macaddr8 bit varbit oid xid xid8 cid tid pg_lsn char point line lseg box path polygon circle
   regclass regtype regproc regprocedure regoper regoperator regnamespace regrole regcollation`.split(/\s+/),
)
const TEXT = new Set(['text', 'varchar', 'bpchar', 'name', 'xml', 'jsonpath', 'cstring', 'unknown'])
const JSON_TYPES = new Set(['json', 'jsonb'])

export type CellKind = 'pass' | 'text' | 'json' | 'text[]' | 'whole'

/** How cells of this type can be looked into; what nobody described is covered whole. */
export function cellKind(catalogue: Catalogue, oid: number, depth = 0): CellKind {
  const type = catalogue.type(oid)
  if (!type || depth > 8) return 'whole'
  const { kind, base, element, subtype } = type
  // A domain's cells are those of its base; so RowDescription has it, too.
  if (kind === 'd') return base === undefined ? 'whole' : cellKind(catalogue, base, depth + 1)
  if (kind === 'e') return 'pass'
  if (kind === 'r' || kind === 'm')
    return subtype !== undefined && cellKind(catalogue, subtype, depth + 1) === 'pass' ? 'pass' : 'whole'
  if (element !== undefined) {
    const inner = cellKind(catalogue, element, depth + 1)
    return inner === 'pass' ? 'pass' : inner === 'text' ? 'text[]' : 'whole'
  }
  if (type.schema !== 'pg_catalog' || kind === 'c') return 'whole'
  if (PLAIN.has(type.name)) return 'pass'
  if (JSON_TYPES.has(type.name)) return 'json'
  return TEXT.has(type.name) ? 'text' : 'whole'
}

/** Whether values can be filtered and computed with although nobody declared them structural. */
export const plainType = (catalogue: Catalogue, oid: number): boolean => cellKind(catalogue, oid) === 'pass'

export const isJson = (catalogue: Catalogue, oid: number): boolean => cellKind(catalogue, oid) === 'json'
