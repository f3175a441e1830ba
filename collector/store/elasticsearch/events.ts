import type { Clock } from '../../../core/clock.ts'
import type { SessionEvent } from '../../../core/event.ts'
import { forward } from '../forward.ts'
import { nextMonth } from '../month.ts'
import type { AggregateRow, Cursor, Store } from '../store.ts'
import { append, eventOf, type Source } from './append.ts'
import { asking, type Connection } from './client.ts'
import { erase } from './erasure.ts'
import { type Bucket, pageOf, queryOf, rowOf, SUMS, type Sums, sourcesOf } from './query.ts'

/** An answer that lacks a shard would let a cursor pass events: all shards or none. */
const WHOLE = { allow_partial_search_results: false, ignore_unavailable: true } as const
/** How old a refresh may be that a search relies on, ms. */
const FRESH = 200
/** Most chains looked at in one read. */
const CHAINS = 1000
/** Events beyond a page in which others of its last sequence are looked for. */
const TIES = 8

/** Events in Elasticsearch: an index a month, found by what mappings.ts indexes. */
export function events(
  connection: Connection,
  clock: Clock,
): Pick<Store, 'append' | 'read' | 'search' | 'aggregate' | 'retain' | 'erase'> {
  const { client } = connection
  const index = connection.events
  let refreshed = Number.NEGATIVE_INFINITY
  /** The last page read was full. */
  let full = false

  const refresh = async () => {
    const now = clock.monotonic()
    if (now - refreshed < FRESH) return
    await client.indices.refresh({ index, ignore_unavailable: true })
    refreshed = now
  }

  /** The chains that have something after the cursor. Cost: what is new, not what is stored. */
  const waiting = async (cursor: Cursor): Promise<string[]> => {
    const known = Object.entries(cursor)
    const { aggregations } = await client.search<unknown, { chains: { buckets: { key: string }[] } }>({
      index,
      ...WHOLE,
      size: 0,
      track_total_hits: false,
      query: {
        bool: {
          minimum_should_match: 1,
          should: [
            { bool: { must_not: { terms: { 'tracewarden.chain.id': known.map(([chain]) => chain) } } } },
            ...known.map(([chain, sequence]) => after(chain, sequence)),
          ],
        },
      },
      aggs: { chains: { terms: { field: 'tracewarden.chain.id', size: CHAINS } } },
    })
    return aggregations?.chains.buckets.map(({ key }) => key) ?? []
  }

  const following = async (chain: string, sequence: number, share: number): Promise<SessionEvent[]> => {
    const { hits } = await client.search<Source>({
      index,
      ...WHOLE,
      size: share + TIES,
      track_total_hits: false,
      query: after(chain, sequence),
      sort: [{ 'event.sequence': 'asc' }, { 'event.id': 'asc' }],
    })
    const found = hits.hits.map(({ _source }) => eventOf(_source!))
    const last = found[share - 1]?.event.sequence ?? Number.POSITIVE_INFINITY
    return found.filter((event, i) => i < share || event.event.sequence === last)
  }

  const page = async (cursor: Cursor, limit: number): Promise<SessionEvent[]> => {
    const chains = await waiting(cursor)
    const share = Math.min(9000, Math.max(1, Math.ceil(limit / Math.max(1, chains.length))))
    const pages = await Promise.all(chains.sort().map((chain) => following(chain, cursor[chain] ?? 0, share)))
    return pages.flat()
  }

  return {
    append: (given) =>
      asking(async () => {
        const results = await append(connection, given)
        refreshed = Number.NEGATIVE_INFINITY
        full = false
        return results
      }),
    read: (cursor, limit) =>
      asking(async () => {
        // After a full page there is more to see already; a refresh costs the server more than the page.
        const fresh = !full
        if (fresh) await refresh()
        let found = await page(cursor, limit)
        if (found.length === 0 && !fresh) {
          await refresh()
          found = await page(cursor, limit)
        }
        full = found.length * 2 > limit
        return forward(found, cursor, clock.now())
      }),
    search: (query) =>
      asking(async () => {
        const page = query.after === undefined ? undefined : pageOf(query.after)
        await refresh()
        const { hits } = await client.search<Source>({
          index,
          ...WHOLE,
          size: query.limit,
          track_total_hits: true,
          query: queryOf(query),
          sort: [{ '@timestamp': 'desc' }, { 'event.id': 'desc' }],
          ...(page ? { search_after: page } : {}),
        })
        const last = hits.hits.at(-1)
        return {
          events: hits.hits.map(({ _source }) => eventOf(_source!)),
          total: typeof hits.total === 'number' ? hits.total : (hits.total?.value ?? 0),
          ...(last && hits.hits.length === query.limit ? { next: JSON.stringify(last.sort) } : {}),
        }
      }),
    aggregate: (query) =>
      asking(async () => {
        await refresh()
        const base = { index, ...WHOLE, size: 0, query: queryOf(query) }
        if (query.groupBy.length === 0) {
          const { hits, aggregations } = await client.search<unknown, Sums & Record<string, never>>({
            ...base,
            track_total_hits: true,
            aggs: SUMS,
          })
          const total = typeof hits.total === 'number' ? hits.total : (hits.total?.value ?? 0)
          return total && aggregations ? [rowOf([], {}, total, aggregations)] : []
        }
        const rows: AggregateRow[] = []
        let page: Bucket['key'] | undefined
        do {
          const { aggregations } = await client.search<
            unknown,
            { groups: { buckets: Bucket[]; after_key?: Bucket['key'] } }
          >({
            ...base,
            track_total_hits: false,
            aggs: {
              groups: {
                composite: {
                  size: Math.min(query.limit - rows.length, 5000),
                  sources: sourcesOf(query.groupBy),
                  ...(page ? { after: page } : {}),
                },
                aggs: SUMS,
              },
            },
          })
          for (const bucket of aggregations?.groups.buckets ?? [])
            rows.push(rowOf(query.groupBy, bucket.key, bucket.doc_count, bucket))
          page = aggregations?.groups.after_key
        } while (page && rows.length < query.limit)
        return rows
      }),
    erase: (user) =>
      asking(async () => {
        await client.indices.refresh({ index, ignore_unavailable: true })
        return erase(connection, user)
      }),
    retain: (before) =>
      asking(async () => {
        const names = Object.keys(await client.indices.get({ index, features: ['settings'] }))
        const old = names
          .map((name) => ({ name, month: name.slice(-7).replace('.', '-') }))
          .filter(({ month }) => nextMonth(Date.parse(`${month}-01T00:00:00Z`)) <= Date.parse(before))
        for (const { name } of old) await client.indices.delete({ index: name, ignore_unavailable: true })
        return old.map(({ month }) => month).sort()
      }),
  }
}

const after = (chain: string, sequence: number) => ({
  bool: {
    filter: [{ term: { 'tracewarden.chain.id': chain } }, { range: { 'event.sequence': { gt: sequence } } }],
  },
})
