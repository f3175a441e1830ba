import { join } from 'node:path'
import { Registry } from 'prom-client'
import t from 'tap'
import { openStore, type Store } from '../../collector/port.ts'
import { type Clock, systemClock } from '../../core/clock.ts'
import type { SessionEvent } from '../../core/event.ts'
import { createLogger } from '../../core/log.ts'
import { openKeyRing } from '../../core/signing.ts'
import {
  createEngine,
  detectorsConfig,
  detectorsMetrics,
  type Finding,
  shippedDetectors,
  startDetectors,
  startRiskReader,
} from '../../detectors/port.ts'
import { reads, workdays } from '../../detectors/rules/examples.ts'
import { type Packed, pack, unpack } from '../../detectors/runtime/packed.ts'
import { chained, until } from './support.ts'

const log = createLogger('silent')
const config = detectorsConfig.parse({})
/** The working days of the examples count from 5 January 2026; the 26th is 9 February. */
const NOW = Date.UTC(2026, 1, 9, 18)
const clock: Clock = { now: () => NOW, monotonic: systemClock.monotonic }
const history = () => chained(workdays(25, (day) => reads(day, 12)))
const spike = (from: number) => chained(reads(25, 423), 'gw-a', from)

async function house(directory: string) {
  const store = await openStore({ kind: 'embedded' }, { dataDir: directory, log, clock: systemClock })
  const start = (role = 'detectors', over: Store = store) =>
    startDetectors({
      ...{ config: () => config, store: over, clock, log, poll: 20, interval: 50 },
      keyRing: openKeyRing(join(directory, 'keys'), role),
      metrics: detectorsMetrics(new Registry()),
    })
  const findings = async () => (await store.documents.list<Finding>('finding', { limit: 50 })).documents
  const spike = async () => (await findings()).find(({ body }) => body.detector === 'volume-spike')
  const cursor = async () =>
    (await store.documents.get<{ body: { cursor: Record<string, number> } }>('cursor', 'detectors-0'))?.body
      .body.cursor
  const read = (n: number) => until(async () => ((await cursor())?.['gw-a'] ?? 0) >= n)
  const ring = () => openKeyRing(join(directory, 'keys'), 'detectors')
  return { store, start, findings, spike, read, ring }
}

/** By detector and id: what all detectors have seen at most, without a store and without restarts. */
function expected(events: readonly SessionEvent[]): Map<string, number> {
  const engine = createEngine({ config, detectors: shippedDetectors })
  const most = new Map<string, number>()
  for (const { id, detector, evidence } of events.flatMap((event) => engine.push(event)))
    most.set(`${detector} ${id}`, Math.max(most.get(`${detector} ${id}`) ?? 0, evidence.observed))
  return most
}
const told = (stored: readonly { body: Finding }[]) =>
  new Map(stored.map(({ body }) => [`${body.detector} ${body.id}`, body.evidence.observed]))
const sorted = (map: ReadonlyMap<string, number>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1))

t.test('history teaches, a spike of today is found once, whatever restarts', async (t) => {
  const { store, start, findings, spike: spikeFound, read, ring } = await house(t.testdir())
  const past = history()
  await store.append(past)
  const first = start()
  await read(past.length)
  await first.stop()
  t.same(await findings(), [], 'ordinary weeks alert nobody')

  const today = spike(past.length + 1)
  await store.append(today.slice(0, 100))
  const second = start()
  const found = await until(spikeFound)
  const risk = startRiskReader({ store, keyRing: ring(), clock, log })
  await until(async () => {
    await risk.refresh()
    return risk.of('u1') > 0
  })
  t.match(risk.explain('u1')[0], /points: [a-z-]+, 2026-02-09T/)
  t.equal(risk.of('somebody'), 0)
  risk.stop()
  t.equal(found.keys.state, 'new')
  t.match(found.body.summary, /^\d+ traces on 9 Feb.*, usually [\d.]+ \(\d+–\d+\)/)
  await read(past.length + 100)
  await second.stop()

  await store.append(today)
  const third = start()
  await read(past.length + today.length)
  await third.stop()
  const all = await findings()
  t.same(
    sorted(told(all)),
    sorted(expected([...past, ...today])),
    'what all detectors find in one go, each matter once',
  )
  const grown = await spikeFound()
  t.equal(grown?.id, found.id, 'hours and the day they belong to are one matter')
  t.ok(grown!.body.evidence.observed > found.body.evidence.observed, 'and grew')
  t.ok(grown!.body.revision > found.body.revision)
  await store.close()
})

t.test('history older than the horizon alerts nobody', async (t) => {
  const { store, start, findings, read } = await house(t.testdir())
  const past = chained([
    ...workdays(12, (day) => reads(day, 12)),
    ...reads(12, 400),
    ...workdays(3, (day) => reads(day + 13, 12)),
  ])
  await store.append(past)
  const running = start()
  await read(past.length)
  await running.stop()
  t.same(await findings(), [])
  await store.close()
})

t.test('a baseline that somebody wrote into the store is not believed', async (t) => {
  const { store, start, spike: spikeFound, read } = await house(t.testdir())
  const past = history()
  await store.append(past)
  const first = start()
  await read(past.length)
  await first.stop()
  const { documents } = await store.documents.list<{ body: Packed }>('baseline', { limit: 5 })
  t.equal(documents.length, 1)
  const [stored] = documents
  t.ok(JSON.stringify(stored!.body).length < 2048, `${JSON.stringify(stored!.body).length} bytes`)
  const plain = JSON.stringify(unpack(stored!.body.body))
  const packed = pack(JSON.parse(plain.replaceAll(/"sum":[\d.]+/g, '"sum":99999')))
  const taught = { ...stored!.body, body: { ...stored!.body.body, ...packed } }
  await store.documents.put('baseline', stored!.id, taught, { expect: 'any', at: stored!.at })
  await store.append(spike(past.length + 1))
  const second = start()
  const found = await until(spikeFound)
  t.ok(found.body.evidence.expected! < 20, 'what was usual was read from the events again')
  await second.stop()
  await store.close()
})

t.test('a store that fails in between costs no finding', async (t) => {
  const { store, start, findings, read } = await house(t.testdir())
  const past = history()
  await store.append([...past, ...spike(past.length + 1)])
  let failures = 3
  const flaky: Store = {
    ...store,
    documents: {
      ...store.documents,
      put: async (kind, id, body, options) => {
        if (kind === 'finding' && failures-- > 0) throw new Error('the store went away')
        return store.documents.put(kind, id, body, options)
      },
    },
  }
  const running = start('detectors', flaky)
  const all = [...past, ...spike(past.length + 1)]
  await read(all.length)
  await running.stop()
  t.same(sorted(told(await findings())), sorted(expected(all)))
  await store.close()
})
