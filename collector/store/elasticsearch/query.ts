import type { estypes } from '@elastic/elasticsearch'
import { fail } from '../../errors.ts'
import type { AggregateQuery, AggregateRow, EventQuery } from '../store.ts'

type Query = estypes.QueryDslQueryContainer
type Sources = Record<string, estypes.AggregationsCompositeAggregationSource>[]

/** The filter of a search or aggregation. */
export function queryOf(query: Omit<EventQuery, 'limit' | 'after'>): Query {
  const filter: Query[] = []
  const term = (field: string, value: string | undefined) => {
    if (value !== undefined) filter.push({ term: { [field]: value } })
  }
  if (query.from !== undefined) filter.push({ range: { '@timestamp': { gte: query.from } } })
  if (query.to !== undefined) filter.push({ range: { '@timestamp': { lt: query.to } } })
  term('user.id', query.user)
  term('tracewarden.session.id', query.session)
  term('event.outcome', query.outcome)
  term('tracewarden.connection.name', query.connection)
  term('tracewarden.collection', query.collection)
  term('tracewarden.chain.id', query.chain)
  if (query.actions) filter.push({ terms: { 'event.action': [...query.actions] } })
  if (query.ids) filter.push({ ids: { values: [...query.ids] } })
  if (query.text !== undefined && /[\p{L}\p{N}]/u.test(query.text))
    filter.push({ match_bool_prefix: { search_words: { query: query.text, operator: 'and' } } })
  return { bool: { filter } }
}

/** The page after a search's `next`. */
export function pageOf(after: string): estypes.SortResults {
  let page: unknown
  try {
    page = JSON.parse(after)
  } catch {
    page = undefined
  }
  if (Array.isArray(page) && page.length === 2 && typeof page[0] === 'number' && typeof page[1] === 'string')
    return page
  throw fail('TW_STORE_INVALID', { reason: '`after` is not a page of this search' })
}

const FIELDS: Readonly<Record<Exclude<AggregateQuery['groupBy'][number], 'hour' | 'day'>, string>> = {
  user: 'user.id',
  session: 'tracewarden.session.id',
  action: 'event.action',
  connection: 'tracewarden.connection.name',
  collection: 'tracewarden.collection',
  chain: 'tracewarden.chain.id',
}

export const sourcesOf = (groupBy: AggregateQuery['groupBy']): Sources =>
  groupBy.map((name, i) =>
    name === 'hour' || name === 'day'
      ? {
          [`k${i}`]: {
            date_histogram: { field: '@timestamp', fixed_interval: name === 'hour' ? '1h' : '1d' },
          },
        }
      : { [`k${i}`]: { terms: { field: FIELDS[name], missing_bucket: true } } },
  )

export const SUMS = {
  traces: { sum: { field: 'tracewarden.traces.count' } },
  bytes: { sum: { field: 'tracewarden.bytes' } },
  first: { min: { field: '@timestamp' } },
  last: { max: { field: '@timestamp' } },
} as const

export interface Sums {
  traces: { value: number | null }
  bytes: { value: number | null }
  first: { value: number | null }
  last: { value: number | null }
}
export interface Bucket extends Sums {
  key: Record<string, string | number | null>
  doc_count: number
}

export function rowOf(
  groupBy: AggregateQuery['groupBy'],
  key: Bucket['key'],
  events: number,
  sums: Sums,
): AggregateRow {
  const time = (ms: string | number | null) => new Date(Number(ms)).toISOString()
  return {
    key: groupBy.map((name, i) => {
      const value = key[`k${i}`] ?? null
      return name === 'hour' || name === 'day' ? time(value) : String(value ?? '')
    }),
    events,
    traces: sums.traces.value ?? 0,
    bytes: sums.bytes.value ?? 0,
    first: time(sums.first.value),
    last: time(sums.last.value),
  }
}
