import type { estypes } from '@elastic/elasticsearch'
import { erasePersonal, isPersonal } from '../../audit/chain.ts'
import { fail } from '../../errors.ts'
import { eventOf, raw, type Source } from './append.ts'
import type { Connection } from './client.ts'

type Hit = estypes.SearchHit<Source>

const PAGE = 500

/** The user's events, and those that did not fit the mapping: whose they are is not indexed. */
const query = (user: string): estypes.QueryDslQueryContainer => ({
  bool: {
    minimum_should_match: 1,
    should: [{ term: { 'user.id': user } }, { bool: { must_not: { exists: { field: 'user.id' } } } }],
  },
})

/** Takes what is personal out of a user's events, each by its version. Resolves with how many were changed. */
export async function erase({ client, events: index }: Connection, user: string): Promise<number> {
  let erased = 0
  let after: estypes.SortResults | undefined
  for (;;) {
    const { hits } = await client.search<Source>({
      index,
      allow_partial_search_results: false,
      ignore_unavailable: true,
      size: PAGE,
      track_total_hits: false,
      seq_no_primary_term: true,
      query: query(user),
      sort: [{ '@timestamp': 'asc' }, { 'event.id': 'asc' }],
      ...(after ? { search_after: after } : {}),
    })
    const changed = hits.hits.flatMap((hit) => erasedOf(hit, user))
    if (changed.length > 0) {
      const { items } = await client.bulk({ operations: changed.flat() })
      for (const { index: item } of items) {
        // Only another erasure changes an event: what it was faster with is done.
        if (item?.error && item.status !== 409)
          throw fail('TW_STORE_UNAVAILABLE', { reason: `${item.error.type}: ${item.error.reason}` })
        if (!item?.error) erased++
      }
    }
    after = hits.hits.at(-1)?.sort
    if (!after || hits.hits.length < PAGE) return erased
  }
}

function erasedOf(hit: Hit, user: string): [estypes.BulkOperationContainer, object][] {
  const event = eventOf(hit._source!)
  if (event.user?.id !== user || !isPersonal(event)) return []
  const left = erasePersonal(event)
  const { _index, _id, _seq_no: if_seq_no, _primary_term: if_primary_term } = hit
  return [
    [
      {
        index: {
          _index,
          ...(_id === undefined ? {} : { _id }),
          ...(if_seq_no === undefined ? {} : { if_seq_no }),
          ...(if_primary_term === undefined ? {} : { if_primary_term }),
        },
      },
      'raw' in hit._source! ? raw(left) : left,
    ],
  ]
}
