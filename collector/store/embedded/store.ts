import type { Clock } from '../../../core/clock.ts'
import type { SessionEvent } from '../../../core/event.ts'
import { forward } from '../forward.ts'
import type { AppendResult, Store, StoredDocument } from '../store.ts'
import type { DocumentRow, Place } from './methods.ts'
import { openThread } from './thread.ts'

/** Events of one transaction: documents wait no longer than it takes. */
const SLICE = 250

const document = <T>(row: DocumentRow): StoredDocument<T> => ({
  id: row.id,
  version: row.version,
  keys: JSON.parse(row.keys),
  at: row.at,
  body: JSON.parse(row.body),
})
const parsed = (body: string): SessionEvent => JSON.parse(body)

/**
 * The embedded store: one SQLite file, for one machine. Two threads: one writes and keeps documents, one reads, so
 * that a long aggregation delays nobody. `:memory:` has one thread and is gone when closed.
 */
export function embeddedStore(file: string, clock: Clock): Store {
  const writer = openThread(file)
  const reader = file === ':memory:' ? writer : openThread(file)
  return {
    init: async () => void (await writer.call('init')),
    async append(events) {
      const results: AppendResult[] = []
      for (let i = 0; i < events.length; i += SLICE) {
        const bodies = events.slice(i, i + SLICE).map((event) => JSON.stringify(event))
        results.push(...(await writer.call('append', bodies)))
      }
      return results
    },
    async read(cursor, limit) {
      return forward((await reader.call('read', cursor, limit)).map(parsed), cursor, clock.now())
    },
    async search(query) {
      const { bodies, ...page } = await reader.call('search', query)
      return { events: bodies.map(parsed), ...page }
    },
    aggregate: (query) => reader.call('aggregate', query),
    retain: (before) => writer.call('retain', Date.parse(before)),
    async erase(user) {
      let total = 0
      let after: Place | undefined = [Number.MIN_SAFE_INTEGER, 0]
      while (after) {
        const { erased, next }: { erased: number; next?: Place } = await writer.call('erase', user, after)
        total += erased
        after = next
      }
      if (total > 0) await writer.call('compact')
      return total
    },
    documents: {
      async get<T>(...args: Parameters<Store['documents']['get']>) {
        const row = await writer.call('get', ...args)
        return row && document<T>(row)
      },
      put: (kind, id, body, options) => writer.call('put', kind, id, JSON.stringify(body), options),
      async list<T>(...args: Parameters<Store['documents']['list']>) {
        const { documents, ...page } = await writer.call('list', ...args)
        return { documents: documents.map((row) => document<T>(row)), ...page }
      },
      remove: async (...args) => void (await writer.call('remove', ...args)),
    },
    ping: async () => void (await writer.call('ping')),
    async close() {
      await writer.close()
      await reader.close()
    },
  }
}
