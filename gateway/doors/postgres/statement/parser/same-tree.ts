/** Where and how something was written is no part of what it means. */
const PLACES = new Set([
  'location',
  'stmt_len',
  'stmt_location',
  'rexpr_list_start',
  'rexpr_list_end',
  'list_start',
  'list_end',
  // How a call was written; the printer prefers SQL's own forms (`a AT TIME ZONE b`) for some functions.
  'funcformat',
])

/** Whether two trees mean the same: equal but for the places in the text. */
export function sameTree(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (Array.isArray(a) || Array.isArray(b))
    return (
      Array.isArray(a) &&
      Array.isArray(b) &&
      a.length === b.length &&
      a.every((item, index) => sameTree(item, b[index]))
    )
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  const left = entriesOf(a)
  const right = new Map(entriesOf(b))
  return left.length === right.size && left.every(([key, value]) => sameTree(value, right.get(key)))
}

const entriesOf = (node: object): [string, unknown][] =>
  Object.entries(node)
    .filter(([key, value]) => value !== undefined && !PLACES.has(key))
    .map(([key, value]) => [key, key === 'names' ? typeName(value) : value])

/** The printer writes `pg_catalog.uuid` as `uuid`, which is the same, since pg_catalog is always searched first. */
const typeName = (names: unknown): unknown =>
  Array.isArray(names) && names.length === 2 && sameTree(names[0], PG_CATALOG) ? names.slice(1) : names

const PG_CATALOG = { String: { sval: 'pg_catalog' } }
