import type { Predicate } from '../../../../policy/facts.ts'
import { fail } from '../errors.ts'
import { isObject, jsonBody } from '../request.ts'

/** What columns belong to. */
export type Of = 'trace' | 'observation' | 'score'

const MEMBERS = new Set(['type', 'column', 'operator', 'value', 'key'])
const refused = (reason: string) => fail('TW_PROFILE_FILTER', { at: 0, reason })

/**
 * `[{"type":"string","column":"input","operator":"contains","value":"x","key"?}]` → what it tests.
 * @throws TW_PROFILE_FILTER, TW_PROFILE_BODY
 */
export function filterPredicates(of: Of, source: string | undefined): Predicate[] {
  if (source === undefined || source === '') return []
  const { filter } = parsed(`{"filter":${source}}`)
  return conditions(of, filter)
}

export function conditions(of: Of, filter: unknown): Predicate[] {
  if (!Array.isArray(filter)) throw refused('expected a list of conditions')
  return filter.map((condition): Predicate => {
    if (!isObject(condition)) throw refused('a condition is not an object')
    for (const name of Object.keys(condition)) if (!MEMBERS.has(name)) throw refused(`unknown member`)
    const { column, operator, key } = condition
    if (typeof column !== 'string' || (key !== undefined && key !== null && typeof key !== 'string'))
      throw refused('a condition without its column')
    return {
      field: `${of}.${column}${typeof key === 'string' && key !== '' ? `.${key}` : ''}`,
      use: 'filter',
      operator: typeof operator === 'string' ? operator : '=',
    }
  })
}

/** JSON from a parameter, read like a body: each key once. */
export const parsed = (text: string) =>
  jsonBody({ method: 'GET', path: '', params: {}, query: [], headers: {}, body: Buffer.from(text) })

/** `timestamp.asc`. @throws TW_PROFILE_FILTER */
export function orderPredicates(of: Of, source: string | undefined): Predicate[] {
  if (!source) return []
  const [, column, way] = /^([\w]+)\.(asc|desc)$/i.exec(source) ?? []
  if (!column || !way) throw refused('expected field.asc or field.desc')
  return [{ field: `${of}.${column}`, use: 'sort', operator: way.toLowerCase() }]
}

/** The `query` of `/metrics`: dimensions and filters are tests, measures are numbers. @throws TW_PROFILE_FILTER */
export function metricPredicates(source: string | undefined): Predicate[] {
  const query = parsed(source ?? '{}')
  for (const name of Object.keys(query)) if (!QUERY.has(name)) throw refused(`unknown member`)
  const { view } = query
  const of: Of = view === 'traces' ? 'trace' : view === 'observations' ? 'observation' : 'score'
  const fields = (name: string, use: Predicate['use'], member: string): Predicate[] =>
    [query[name] ?? []].flat().map((entry) => {
      const field = isObject(entry) ? entry[member] : undefined
      if (typeof field !== 'string') throw refused(`expected ${name} with their ${member}`)
      return { field: `${of}.${field}`, use }
    })
  const measured = fields('metrics', 'aggregate', 'measure')
  const own = new Set(
    [query.metrics ?? []].flat().flatMap((m) => (isObject(m) ? [`${m.aggregation}_${m.measure}`] : [])),
  )
  return [
    ...fields('dimensions', 'group', 'field'),
    ...measured,
    // An order by a measure of the query itself is judged with it.
    ...fields('orderBy', 'sort', 'field').filter(({ field }) => !own.has(field.slice(of.length + 1))),
    ...(query.filters === undefined ? [] : conditions(of, query.filters)),
  ]
}
const QUERY = new Set([
  ...[
    'view',
    'dimensions',
    'metrics',
    'filters',
    'timeDimension',
    'fromTimestamp',
    'toTimestamp',
    'orderBy',
    'config',
  ],
])
