import type { SourceLine, Store } from '../../collector/port.ts'
import { createMerge } from '../runtime/merge.ts'

const PAGE = 2000

/**
 * The store's own history, in the order in which the detectors read it.
 * @param until ms: what happened later is left out, so that it ends while a daemon goes on writing
 */
export async function* storedHistory(
  store: Pick<Store, 'read'>,
  until: number,
): AsyncGenerator<readonly SourceLine[]> {
  const merge = createMerge(store, {})
  for (;;) {
    const events = await merge.next(PAGE)
    if (events.length === 0) return
    const past = events.filter((event) => Date.parse(event['@timestamp']) <= until)
    yield past.map((event) => ({ event }))
    // A store that is written to all the time would never end by itself.
    if (past.length === 0) return
  }
}
