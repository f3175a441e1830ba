import type { SessionEvent } from '../../../core/event.ts'
import { contentDigest } from '../../audit/chain.ts'
import { fail } from '../../errors.ts'
import type { AppendResult } from '../store.ts'
import type { Connection } from './client.ts'

/** What stands in `_source`: the event, or what did not fit as text. */
export type Source = SessionEvent | { raw: string }

export const eventOf = (source: Source): SessionEvent =>
  'raw' in source && typeof source.raw === 'string' ? JSON.parse(source.raw) : (source as SessionEvent)

/** Errors of one document, whatever else is in the request; any other failure is the store's. */
const UNFIT = new Set([
  'document_parsing_exception',
  'mapper_parsing_exception',
  'illegal_argument_exception',
  'max_bytes_length_exceeded_exception',
])

type Item = { index: string; event: SessionEvent }
type Outcome = AppendResult | { status: 'exists' } | { status: 'unfit'; reason: string }

/** Creates events, each in the index of its month; results in order. @throws where any may yet be taken. */
export async function append(
  connection: Connection,
  events: readonly SessionEvent[],
): Promise<AppendResult[]> {
  const results: AppendResult[] = []
  const items: (Item & { place: number })[] = []
  events.forEach((event, place) => {
    if (event.tracewarden.chain && event.event.sequence !== undefined)
      items.push({ index: connection.month(event['@timestamp']), event, place })
    else
      results[place] = {
        status: 'rejected',
        reason: 'no event.sequence or tracewarden.chain: nobody could read it',
      }
  })
  const outcomes = await create(
    connection,
    items.map(({ index, event }) => ({ index, event, source: event })),
  )
  const unfit = items.filter((_, i) => outcomes[i]!.status === 'unfit')
  const kept = await create(
    connection,
    unfit.map(({ index, event }) => ({ index, event, source: raw(event) })),
  )
  for (const [i, item] of items.entries()) {
    let outcome = outcomes[i]!
    if (outcome.status === 'unfit') {
      const stored = kept[unfit.indexOf(item)]!
      if (stored.status === 'unfit') throw fail('TW_STORE_UNAVAILABLE', { reason: stored.reason })
      outcome = stored.status === 'exists' ? stored : { status: 'rejected', reason: outcome.reason }
    }
    results[item.place] = outcome.status === 'exists' ? await compare(connection, item) : outcome
  }
  return results
}

/** Events of one request, and requests at once: what the client's own helper does by default, about. */
const SLICE = 500

type Created = Exclude<Outcome, { status: 'duplicate' | 'tampered' }>

/** Readers do not pass gaps (forward.ts), so the slices of a batch may arrive in any order. */
async function create(
  connection: Connection,
  items: readonly (Item & { source: object })[],
): Promise<Created[]> {
  const slices: Promise<Created[]>[] = []
  for (let i = 0; i < items.length; i += SLICE) slices.push(bulk(connection, items.slice(i, i + SLICE)))
  return (await Promise.all(slices)).flat()
}

async function bulk(
  { client }: Connection,
  items: readonly (Item & { source: object })[],
): Promise<Created[]> {
  const response = await client.bulk({
    filter_path: ['items.create.status', 'items.create.error.type', 'items.create.error.reason'],
    operations: items.flatMap(({ index, event, source }) => [
      { create: { _index: index, _id: event.event.id } },
      source,
    ]),
  })
  return response.items.map(({ create: item }) => {
    if (item?.status === 201) return { status: 'created' }
    if (item?.status === 409) return { status: 'exists' }
    const reason = `${item?.error?.type}: ${item?.error?.reason}`
    if (item?.status === 400 && UNFIT.has(item.error?.type ?? '')) return { status: 'unfit', reason }
    throw fail('TW_STORE_UNAVAILABLE', { reason })
  })
}

async function compare({ client }: Connection, { index, event }: Item): Promise<AppendResult> {
  const { _source: source } = await client.get<Source>({ index, id: event.event.id })
  if (source && contentDigest(eventOf(source)) === contentDigest(event)) return { status: 'duplicate' }
  return { status: 'tampered', reason: 'another event with this id is in the store' }
}

/** How an event that does not fit the mapping is kept: whole, as text. */
export const raw = (event: SessionEvent) => ({
  '@timestamp': event['@timestamp'],
  event: { id: event.event.id, action: event.event.action, sequence: event.event.sequence },
  tracewarden: { chain: { id: event.tracewarden.chain?.id } },
  raw: JSON.stringify(event),
})
