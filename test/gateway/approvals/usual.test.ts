import t from 'tap'
import { openStore } from '../../../collector/port.ts'
import { iso, systemClock } from '../../../core/clock.ts'
import type { SessionEvent } from '../../../core/event.ts'
import { createLogger } from '../../../core/log.ts'
import { usualOf } from '../../../gateway/approvals/usual.ts'
import { asks, openHouse } from './house.ts'

const NOW = Date.UTC(2026, 10, 20, 12)
const DAY = 86_400_000
const clock = { now: () => NOW, monotonic: () => 0 }
let sequence = 0
const event = (daysAgo: number, action: 'trace-read' | 'approval-request', traces: number): SessionEvent => ({
  '@timestamp': iso(NOW - daysAgo * DAY),
  event: { id: `e${++sequence}`, action, outcome: 'success', sequence },
  user: { id: 'u1' },
  tracewarden: {
    session: { id: 's1' },
    traces: { count: traces, distinct: traces },
    chain: { id: 'c', prev: '-', hash: `h${sequence}` },
  },
})

t.test('a reviewer is told what is usual for the requester, from the store', async (t) => {
  const log = createLogger('silent')
  const store = await openStore(
    { kind: 'embedded', file: ':memory:' },
    { dataDir: t.testdir(), log, clock: systemClock },
  )
  t.teardown(() => store.close())
  const usual = usualOf(store, clock)
  t.equal(await usual('u1'), undefined, 'of nobody anything is known')
  await store.append([event(40, 'trace-read', 900), event(3, 'trace-read', 4), event(2, 'trace-read', 6)])
  await store.append([
    event(1, 'trace-read', 20),
    event(1, 'approval-request', 0),
    event(9, 'approval-request', 0),
  ])
  t.equal(
    await usual('u1'),
    'reads 6 traces on a usual day (at most 20, 3 days known); asked 1 time before in the last 7 days',
  )
})

t.test('it stands in the approval, and its failure or delay keeps nobody waiting', async (t) => {
  const { replica } = await openHouse()
  const said = await replica({ usual: async () => 'reads 6 traces on a usual day' }).request(asks('u1'))
  t.equal(said.approval.context, 'reads 6 traces on a usual day')
  const failed = await replica({ usual: () => Promise.reject(new Error('store down')) }).request(asks('u2'))
  t.equal(failed.approval.context, undefined)
  const slow = await replica({ usual: () => new Promise(() => {}) }).request(asks('u3'))
  t.equal(slow.approval.context, undefined)
})
