import fc from 'fast-check'
import t from 'tap'
import type { Cursor, Store } from '../../collector/port.ts'
import type { SessionEvent } from '../../core/event.ts'
import { createMerge } from '../../detectors/runtime/merge.ts'

/** What chains hold, by the seconds at which their events happened, read as a store reads them. */
function holding(chains: readonly (readonly number[])[]): { store: Pick<Store, 'read'>; reads(): number } {
  const all = chains.map((seconds, c) =>
    seconds.map(
      (second, i): SessionEvent => ({
        '@timestamp': new Date(Date.UTC(2026, 0, 5) + second * 1000).toISOString(),
        event: { id: `gw-${c}.${i + 1}`, action: 'trace-read', outcome: 'success', sequence: i + 1 },
        user: { id: 'u1' },
        tracewarden: { session: { id: 's1' }, chain: { id: `gw-${c}`, prev: '', hash: '' } },
      }),
    ),
  )
  let reads = 0
  const read = async (cursor: Cursor, limit: number) => {
    reads++
    const from = (c: number) => cursor[`gw-${c}`] ?? 0
    const waiting = all.flatMap((events, c) => (events.length > from(c) ? [c] : []))
    const share = Math.max(1, Math.ceil(limit / Math.max(1, waiting.length)))
    const pages = waiting.map((c) => all[c]!.slice(from(c), from(c) + share))
    const ends = waiting.map((c, i) => [`gw-${c}`, from(c) + pages[i]!.length])
    return { events: pages.flat(), cursor: { ...cursor, ...Object.fromEntries(ends) } }
  }
  return { store: { read }, reads: () => reads }
}

async function everything(chains: readonly (readonly number[])[], limit: number) {
  const { store, reads } = holding(chains)
  const merge = createMerge(
    {
      read: (...given) =>
        reads() > 1000 ? Promise.reject(new Error('it turns in circles')) : store.read(...given),
    },
    {},
  )
  const given: SessionEvent[] = []
  for (;;) {
    const events = await merge.next(limit)
    given.push(...events)
    if (events.length === 0) return { given, cursor: merge.cursor() }
  }
}

t.test('what came late at the end of a page holds up nobody', async (t) => {
  const late = Array.from({ length: 30 }, (_, i) => (i % 10 === 9 ? 5 : 600 + i))
  t.equal((await everything([late], 10)).given.length, 30)
  t.equal((await everything([late, [1, 2, 3]], 10)).given.length, 33)
})

t.test('each event is given once, of a chain in its order, and chains in step', async (t) => {
  const chain = fc.array(fc.nat(300), { maxLength: 40 })
  await fc.assert(
    fc.asyncProperty(
      fc.array(chain, { maxLength: 4 }),
      fc.integer({ min: 1, max: 12 }),
      async (chains, limit) => {
        const { given, cursor } = await everything(chains, limit)
        for (const [c, events] of chains.entries()) {
          const own = given.filter(({ tracewarden }) => tracewarden.chain?.id === `gw-${c}`)
          if (own.some(({ event }, i) => event.sequence !== i + 1) || own.length !== events.length)
            return false
          if (events.length && cursor[`gw-${c}`] !== events.length) return false
        }
        return true
      },
    ),
    { numRuns: 200, seed: 5 },
  )
  const inOrder = [0, 1, 2].map((c) => Array.from({ length: 50 }, (_, i) => i * 3 + c))
  const times = (await everything(inOrder, 7)).given.map((event) => event['@timestamp'])
  t.same(times, times.toSorted(), 'where each chain is in order, so is what is given')
})
