import type { EventQuery, Store } from '../../collector/port.ts'
import type { SessionEvent } from '../../core/event.ts'
import type { Released } from '../../gateway/port.ts'

const READS = ['trace-read', 'trace-search', 'trace-export'] as const

/** What the store says was released since `from` (RFC 3339), oldest first: a restart is no way to a fresh budget. */
export async function releasedSince(
  store: Store,
  from: string,
  personOf: (user: string) => string | undefined,
): Promise<Released[]> {
  const released: Released[] = []
  const query: EventQuery = { from, actions: READS, outcome: 'success', limit: 1000 }
  for (let after: string | undefined; ; ) {
    const page = await store.search(after === undefined ? query : { ...query, after })
    for (const event of page.events) {
      const one = releaseOf(event, personOf)
      if (one) released.push(one)
    }
    after = page.next
    if (after === undefined) return released.reverse()
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
