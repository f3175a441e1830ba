import { type EventQuery, type Store, spooledEvents } from '../../collector/port.ts'
import type { SessionEvent } from '../../core/event.ts'
import type { Released } from '../../gateway/port.ts'

const READS = ['trace-read', 'trace-search', 'trace-export'] as const

/**
 * What was released since `from` (RFC 3339), in any order: a restart is no way to a fresh budget. The store may lag, so
 * the spools, `directories`, are looked at too; what stands in both counts once. `ours` chooses among the chains.
 */
export async function releasedSince(
  { store, directories }: { store: Store; directories: readonly string[] },
  from: string,
  personOf: (user: string) => string | undefined,
  ours: (chain: string) => boolean = () => true,
): Promise<Released[]> {
  const released = new Map<string, Released>()
  const take = (event: SessionEvent) => {
    const one = ours(event.tracewarden.chain?.id ?? '') ? releaseOf(event, personOf) : undefined
    if (one) released.set(event.event.id, one)
  }
  for (const directory of directories)
    for await (const event of spooledEvents(directory))
      if (
        event['@timestamp'] >= from &&
        event.event.outcome === 'success' &&
        READS.some((action) => action === event.event.action)
      )
        take(event)
  const query: EventQuery = { from, actions: READS, outcome: 'success', limit: 1000 }
  for (let after: string | undefined; ; ) {
    const page = await store.search(after === undefined ? query : { ...query, after })
    for (const event of page.events) take(event)
    after = page.next
    if (after === undefined) return [...released.values()]
  }
}

function releaseOf(
  event: SessionEvent,
  personOf: (user: string) => string | undefined,
): Released | undefined {
  const { traces, person } = event.tracewarden
  const weight = traces?.distinct ?? traces?.count ?? 0
  const owner = (event.user?.id === undefined ? undefined : personOf(event.user.id)) ?? person?.id
  if (weight === 0 || owner === undefined) return undefined
  return { person: owner, at: Date.parse(event['@timestamp']), traceIds: traces?.ids ?? [], weight }
}
