import { type Body, count, isObject } from '../request.ts'
import { readAggregations } from './aggregations.ts'
import { notAllowed, only, test, type Uses } from './fields.ts'
import { type Anchor, anchorOf, readQuery } from './query.ts'

/** What one search asks. */
export interface Search extends Uses {
  anchor: Anchor | undefined
  requested: number
}

/** Members of a search's body that choose no content and test none. */
const PLAIN =
  `from size track_total_hits track_scores timeout terminate_after min_score version seq_no_primary_term
  search_after _source pit slice stats`.split(/\s+/)
const READ = 'query post_filter aggs aggregations sort fields docvalue_fields collapse'.split(' ')
const MEMBERS = new Set([...PLAIN, ...READ])
/** Clients send these though they want nothing of them. */
const IDLE = new Set(['explain', 'profile', 'script_fields', 'runtime_mappings', 'indices_boost'])

/** A search's body, by allow-list of its members. @throws TW_PROFILE_QUERY, TW_PROFILE_PARAMETER */
export function readSearch(given: Body, traceFields: readonly string[]): Search {
  const body = Object.fromEntries(
    Object.entries(given).filter(([name, value]) => !(IDLE.has(name) && isIdle(value))),
  )
  only(body, MEMBERS, 'search')
  const uses: Uses = { predicates: [] }
  if (body.query !== undefined) readQuery(body.query, uses)
  if (body.post_filter !== undefined) readQuery(body.post_filter, uses)
  for (const name of ['aggs', 'aggregations'])
    if (body[name] !== undefined) readAggregations(body[name], uses)
  for (const item of [body.sort ?? []].flat()) readSort(item, uses)
  for (const name of ['fields', 'docvalue_fields'])
    for (const item of [body[name] ?? []].flat()) readField(name, item, uses)
  if (body.collapse !== undefined) {
    if (!isObject(body.collapse)) throw notAllowed('collapse')
    only(body.collapse, new Set(['field']), 'collapse')
    test(uses, 'group', 'collapse', body.collapse.field)
  }
  return {
    ...uses,
    anchor: anchorOf(body.query, traceFields),
    requested: count('size', body.size) ?? 10,
  }
}

const isIdle = (value: unknown): boolean =>
  value === false || (isObject(value) && Object.keys(value).length === 0)

const SORT = new Set(['order', 'missing', 'mode', 'unmapped_type', 'numeric_type', 'format'])

/** `"field"`, `{field: "asc"}` or `{field: {order, …}}`. @throws TW_PROFILE_QUERY for scripts and distances. */
function readSort(item: unknown, uses: Uses): void {
  if (!isObject(item) && typeof item !== 'string') throw notAllowed('sort')
  for (const [name, options] of isObject(item) ? Object.entries(item) : [[item, 'asc'] as const]) {
    if (name === '_script' || name === '_geo_distance') throw notAllowed(`sort.${name}`)
    if (isObject(options)) only(options, SORT, 'sort')
    const order = isObject(options) ? options.order : options
    test(uses, 'sort', order === 'desc' ? 'desc' : 'asc', name)
  }
}

/** Values from the index are shown under the field's own name, so only what is no content may be asked for. */
function readField(place: string, item: unknown, uses: Uses): void {
  if (isObject(item)) only(item, new Set(['field', 'format']), place)
  test(uses, 'filter', place, isObject(item) ? item.field : item)
}
