import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Registry } from 'prom-client'
import t, { type Test } from 'tap'
import { openStore, type Store } from '../../collector/port.ts'
import { type Clock, iso, systemClock } from '../../core/clock.ts'
import type { EventDraft, SessionEvent } from '../../core/event.ts'
import { createLogger } from '../../core/log.ts'
import { openKeyRing } from '../../core/signing.ts'
import { detectorsConfig, detectorsMetrics, type Finding, startDetectors } from '../../detectors/port.ts'
import { reads, workdays } from '../../detectors/rules/examples.ts'
import { createLease } from '../../detectors/runtime/lease.ts'
import { PARTITIONS, partitionOf } from '../../detectors/runtime/partitions.ts'
import { HOW, startElasticsearch } from '../support/elasticsearch.ts'
import { chained, until } from './support.ts'

t.setTimeout(600_000)
const log = createLogger('silent')
/** The working days of the examples count from 5 January 2026; the 27th is 10 February. */
const OFFSET = Date.UTC(2026, 1, 10, 20) - Date.now()
const clock: Clock = { now: () => Date.now() + OFFSET, monotonic: systemClock.monotonic }
/** Traces. */
const SPIKE = 400
const USERS = Array.from({ length: 10 }, (_, i) => `u${i + 1}`)

const of = (user: string, drafts: Iterable<EventDraft>): EventDraft[] =>
  [...drafts].map((draft) => ({ ...draft, user: { id: user, group: { name: user } } }))
const inTime = (drafts: EventDraft[]) =>
  drafts.sort((a, b) => (String(a['@timestamp']) < String(b['@timestamp']) ? -1 : 1))
/** Weeks of everybody's ordinary days, then a day on which everybody reads far more, and one after it. */
const past = chained(
  inTime(
    USERS.flatMap((user) =>
      of(
        user,
        workdays(25, (day) => reads(day, 12)),
      ),
    ),
  ),
)
const spike = USERS.flatMap((user) => of(user, reads(25, SPIKE)))
const after = USERS.flatMap((user) => of(user, reads(26, 12)))
const today = chained(inTime([...spike, ...after]), 'gw-a', past.length + 1)

/** As a shipper marks them: what a server shows of a request before the rest of it is waited for. */
const shipped = (events: readonly SessionEvent[]) =>
  events.map((event) => ({ ...event, event: { ...event.event, ingested: iso(clock.now()) } }))

interface Worker {
  /** Partitions that it detects for. */
  held(): number
  /** Ends at once, in the middle of whatever it does. */
  kill(): void
  /** Ends as a process should. */
  end(): Promise<void>
}

const spikes = async (store: Store) =>
  (await store.documents.list<Finding>('finding', { limit: 200 })).documents
    .map(({ body }) => body)
    .filter(({ detector }) => detector === 'volume-spike')

async function oneIsKilled(t: Test, store: Store, start: () => Worker): Promise<void> {
  const read = (n: number) =>
    until(async () => {
      for (let partition = 0; partition < PARTITIONS; partition++) {
        const stored = await store.documents.get<{ body: { cursor: Record<string, number> } }>(
          'cursor',
          `detectors-${partition}`,
        )
        if ((stored?.body.body.cursor['gw-a'] ?? 0) < n) return false
      }
      return true
    })
  const [one, two] = [start(), start()]
  await until(() => one.held() === PARTITIONS / 2 && two.held() === PARTITIONS / 2)
  await store.append(shipped(past))
  await read(past.length)
  t.same(await spikes(store), [], 'ordinary weeks alert nobody')

  await store.append(shipped(today.slice(0, spike.length / 2)))
  await until(async () => (await spikes(store)).length > 0)
  one.kill()
  await store.append(shipped(today.slice(spike.length / 2)))
  await until(() => two.held() === PARTITIONS)
  await read(past.length + today.length)
  await two.end()
  const found = await spikes(store)
  t.same(found.map(({ user }) => user?.id).sort(), [...USERS].sort(), 'everybody’s spike, each once')
  for (const { evidence } of found) t.equal(evidence.observed, SPIKE, 'with all that was read')
}

t.test(
  'of two processes that share the users one is killed: no alert is lost, none comes twice',
  async (t) => {
    const directory = t.testdir()
    const store = await openStore({ kind: 'embedded' }, { dataDir: directory, log, clock })
    await oneIsKilled(t, store, () => {
      const config = detectorsConfig.parse({
        horizon: '48h',
        rules: { 'volume-spike': { windows: ['day'] } },
      })
      const { frozen, freeze } = freezable(store)
      const running = startDetectors({
        ...{ config: () => config, store: frozen, clock, log, poll: 20, interval: 200 },
        lease: { ttl: 1500, margin: 300 },
        keyRing: openKeyRing(join(directory, 'keys'), 'detectors'),
        metrics: detectorsMetrics(new Registry()),
      })
      return { held: () => running.health().partitions, kill: freeze, end: running.stop }
    })
    await store.close()
  },
)

/** A store that from some moment on answers nobody: what a killed process would have had of it. */
function freezable(store: Store): { frozen: Store; freeze: () => void } {
  let cold = false
  const freeze = () => {
    cold = true
  }
  const wrap = <T extends object>(inner: T): T =>
    new Proxy(inner, {
      get(target, name, self) {
        const value: unknown = Reflect.get(target, name, self)
        if (typeof value === 'object' && value !== null) return wrap(value)
        if (typeof value !== 'function') return value
        return (...given: unknown[]) => (cold ? new Promise(() => {}) : Reflect.apply(value, target, given))
      },
    })
  return { frozen: wrap(store), freeze }
}

const elasticsearch = await startElasticsearch()
if (!elasticsearch) {
  const line = `NOT RUN detection shared on elasticsearch: ${HOW}`
  process.stdout.write(`${line}\n`)
  if (process.env.CI === 'true') t.fail(line)
  else t.pass(line)
} else {
  t.teardown(elasticsearch.stop)
  t.test(
    'the same on Elasticsearch, where the processes are real and one is killed by SIGKILL',
    async (t) => {
      const directory = t.testdir()
      const { url } = elasticsearch
      const prefix = `tw-share-${Date.now().toString(36)}`
      openKeyRing(join(directory, 'keys'), 'detectors')
      const store = await openStore(
        { kind: 'elasticsearch', url, prefix, replicas: 0 },
        { dataDir: directory, log, clock },
      )
      const children: ChildProcess[] = []
      t.teardown(() => children.map((child) => child.kill('SIGKILL')))
      await oneIsKilled(t, store, () => {
        const script = join(import.meta.dirname, 'worker-child.ts')
        const child = spawn(
          process.execPath,
          ['--import=tsx', script, url, prefix, directory, String(OFFSET)],
          { stdio: ['ignore', 'pipe', 'inherit'] },
        )
        children.push(child)
        const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
        let held = 0
        if (child.stdout)
          createInterface({ input: child.stdout }).on('line', (line) => {
            held = Number(line)
          })
        const kill = () => void child.kill('SIGKILL')
        return {
          held: () => held,
          kill,
          end: async () => {
            kill()
            await gone
          },
        }
      })
      await store.close()
    },
  )
}

t.test('partitions are dealt evenly, given up to newcomers, and taken from the dead', async (t) => {
  const store = await openStore({ kind: 'embedded' }, { dataDir: t.testdir(), log, clock: systemClock })
  let now = 1e12
  const at: Clock = { now: () => now, monotonic: () => now }
  const times = { ttl: 900, margin: 100 }
  const [a, b, c] = ['a', 'b', 'c'].map((name) => createLease(store, 'test', name, at, times))
  const held = async (lease: typeof a) => [...(await lease!.hold()).keys()]
  t.equal((await held(a)).length, PARTITIONS)
  t.same(await held(b), [], 'nothing is free')
  now += 400
  await held(a)
  t.equal(a!.surplus().length, PARTITIONS / 2)
  await a!.release(a!.surplus())
  t.equal((await held(b)).length, PARTITIONS / 2)
  now += 400
  t.ok((await held(a)).length === PARTITIONS / 2 && a!.held())
  now += 750
  t.notOk(b!.held(), 'who does not renew in time relies on nothing')
  await held(a)
  now += 400
  t.equal((await held(a)).length, PARTITIONS, 'what the dead held is taken')
  t.same(await held(b), [], 'who comes back is a newcomer')
  await held(c)
  const fences = await a!.hold()
  t.ok(
    [...fences.values()].some((fence) => fence === 3),
    'each change of holder has a number',
  )
  await a!.release()
  const shares = [await held(b), await held(c)].flat()
  t.equal(new Set(shares).size, shares.length, 'nothing is held twice')
  await store.close()
})

t.test('users are spread over all partitions, the same ones for ever', async (t) => {
  const counts = new Map<number, number>()
  for (let i = 0; i < 32_000; i++) {
    const partition = partitionOf(`user-${i}@example.com`)
    counts.set(partition, (counts.get(partition) ?? 0) + 1)
  }
  t.equal(counts.size, PARTITIONS)
  for (const n of counts.values()) t.ok(n > 700 && n < 1300)
  t.same(['u00042', 'ada@example.com', ''].map(partitionOf), [5, 13, 1])
})
