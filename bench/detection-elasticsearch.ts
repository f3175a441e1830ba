import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStore, type Store } from '../collector/port.ts'
import { systemClock } from '../core/clock.ts'
import { createLogger } from '../core/log.ts'
import { openKeyRing } from '../core/signing.ts'
import { backtest, detectorsConfig, type Finding } from '../detectors/port.ts'
import { HOW, startElasticsearch } from '../test/support/elasticsearch.ts'
import { type Arrivals, arrivals, PER_MINUTE } from './detection/arrivals.ts'
import { cpuOf, startWorker, type Worker } from './detection/workers.ts'
import type { BenchRow } from './row.ts'

/** s: until all is warm, measured with both, with one of them killed. */
const [WARM, BOTH, ONE] = [20, 60, 40]
/** s that whatever is waited for may take. */
const PATIENCE = 60
/** s: a worker that is no further behind than this has caught up. */
const CLOSE = 3
const PARTITIONS = 32
const NAME = 'detection-elasticsearch'

/**
 * Two workers on a real Elasticsearch into which events arrive at a rate; then one of them is killed. How far behind
 * they are, what an event costs them and the server, how long the other one takes to be where both were, and whether
 * what was found is what one backtest finds.
 */
export async function run(): Promise<BenchRow[]> {
  const server = await startElasticsearch('1g')
  if (!server) {
    process.stderr.write(`NOT RUN ${NAME}: ${HOW}\n`)
    return []
  }
  const directory = mkdtempSync(join(tmpdir(), 'tracewarden-bench-'))
  const workers: Worker[] = []
  let opened: Store | undefined
  try {
    const prefix = `bench-${Date.now().toString(36)}`
    openKeyRing(join(directory, 'keys'), 'detectors')
    const store = await openStore(
      { kind: 'elasticsearch', url: server.url, prefix, replicas: 0 },
      { dataDir: directory, log: createLogger('silent'), clock: systemClock },
    )
    opened = store
    workers.push(startWorker(server.url, prefix, directory), startWorker(server.url, prefix, directory))
    const shared = () => workers.every(({ last }) => last.partitions === PARTITIONS / 2)
    if (!(await within(shared))) throw new Error('the workers do not share the users')
    const file = join(directory, 'events.ndjson')
    const events = arrivals(store, file)
    const rows = [...(await both(workers, events, server.url)), ...(await killed(workers, events))]
    await events.end()
    if (await within(() => saved(store, events.given))) rows.push(await compared(store, file))
    else process.stderr.write(`${NAME}: not all was judged and saved ${PATIENCE} s after the last event\n`)
    return rows
  } finally {
    for (const worker of workers) await worker.stop()
    await opened?.close()
    await server.stop()
    rmSync(directory, { recursive: true, force: true })
  }
}

async function both(workers: readonly Worker[], events: Arrivals, url: string): Promise<BenchRow[]> {
  await events.feed(WARM)
  const [fed, server, before] = [events.count, await cpuOf(url), workers.map(({ last }) => last)]
  const watched = watch(workers)
  const took = await events.feed(BOTH)
  const { most, usual } = watched.end()
  const spent = workers.map(({ last }, i) => (last.cpu - before[i]!.cpu) / (last.judged - before[i]!.judged))
  const stored = events.count - fed
  const rate = (stored / took) * 60_000
  const perThousand = 'CPU-s/1,000'
  return [
    { name: NAME, value: rate, unit: 'events/min', versus: 'what arrives', ratio: rate / PER_MINUTE },
    { name: `${NAME}-behind-p50`, value: usual, unit: 's' },
    { name: `${NAME}-behind-max`, value: most, unit: 's' },
    { name: `${NAME}-cpu`, value: 1000 * spent.reduce((sum, each) => sum + each, 0), unit: perThousand },
    { name: `${NAME}-server`, value: (1000 * ((await cpuOf(url)) - server)) / stored, unit: perThousand },
    { name: `${NAME}-memory`, value: workers[1]!.last.memory / 2 ** 20, unit: 'MiB' },
  ]
}

/** Events go on arriving. */
async function killed(workers: readonly Worker[], events: Arrivals): Promise<BenchRow[]> {
  const [one, two] = workers as [Worker, Worker]
  await one.kill()
  const since = performance.now()
  const seconds = () => (performance.now() - since) / 1000
  const rest = events.feed(ONE)
  const rows: BenchRow[] = []
  if (await within(() => two.last.partitions === PARTITIONS && behind(two) < CLOSE))
    rows.push({ name: `${NAME}-takeover`, value: seconds(), unit: 's' })
  else process.stderr.write(`${NAME}: the other worker had not caught up after ${Math.round(seconds())} s\n`)
  await rest
  return rows
}

/** s. */
const behind = ({ newest }: Worker) => (Date.now() - newest) / 1000

/** Looks ten times a second at how far behind the slower worker is. */
function watch(workers: readonly Worker[]): { end(): { most: number; usual: number } } {
  const seen: number[] = []
  const timer = setInterval(() => seen.push(Math.max(...workers.map(behind))), 100)
  return {
    end() {
      clearInterval(timer)
      seen.sort((a, b) => a - b)
      return { most: seen.at(-1) ?? Number.NaN, usual: seen[seen.length >> 1] ?? Number.NaN }
    },
  }
}

async function saved(store: Store, given: Readonly<Record<string, number>>): Promise<boolean> {
  type Cursor = { body: { cursor: Record<string, number> } }
  const page = await store.documents.list<Cursor>('cursor', { limit: 100 })
  const documents = page.documents.filter(({ id }) => id.startsWith('detectors-'))
  const whole = (cursor: Record<string, number>) =>
    Object.entries(given).every(([chain, sequence]) => (cursor[chain] ?? 0) >= sequence)
  return documents.length === PARTITIONS && documents.every(({ body }) => whole(body.body.cursor))
}

/** The alerts, against those of one backtest over the same events. */
async function compared(store: Store, file: string): Promise<BenchRow> {
  const found: string[] = []
  let after: string | undefined
  do {
    const page = await store.documents.list<Finding>('finding', { limit: 500, ...(after && { after }) })
    found.push(...page.documents.map(({ body }) => matter(body)))
    after = page.next
  } while (after)
  const expected: string[] = []
  await backtest({
    ...{ files: [file], config: detectorsConfig.parse({}), out: () => {} },
    onAlert: (alert) => expected.push(matter(alert)),
  })
  const missing = expected.filter((one) => !found.includes(one))
  const more = found.filter((one, i) => !expected.includes(one) || found.indexOf(one) !== i)
  for (const one of missing) process.stderr.write(`${NAME}: only the backtest has ${one}\n`)
  for (const one of more) process.stderr.write(`${NAME}: only the workers have ${one}\n`)
  const value = found.length - more.length
  return {
    name: `${NAME}-alerts`,
    value,
    unit: 'alike',
    versus: 'one backtest',
    ratio: value / expected.length,
  }
}
const matter = ({ detector, subject }: Finding) => `${detector} of ${subject.id}`

async function within(condition: () => boolean | Promise<boolean>): Promise<boolean> {
  for (const end = performance.now() + PATIENCE * 1000; performance.now() < end; ) {
    if (await condition()) return true
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return false
}
