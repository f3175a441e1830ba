import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from '@elastic/elasticsearch'
import { openSpool, openStore, type Store, spoolConfig } from '../collector/port.ts'
import { systemClock } from '../core/clock.ts'
import type { EventDraft, SessionEvent } from '../core/event.ts'
import { createLogger } from '../core/log.ts'
import { systemRandom } from '../core/random.ts'
import { openMasterKey } from '../core/secrets.ts'
import { HOW, startElasticsearch } from '../test/support/elasticsearch.ts'
import type { BenchRow } from './row.ts'

const EVENTS = 20_000
/** As the shipper sends them. */
const BATCH = 2500
const log = createLogger('silent')

/** Events of the usual size (about 1.6 KB as JSON). */
const draft = (i: number): EventDraft => ({
  '@timestamp': new Date(Date.UTC(2026, 0, 5) + i * 1000).toISOString(),
  event: {
    kind: 'event',
    category: ['database'],
    type: ['access'],
    action: 'trace-read',
    outcome: 'success',
    duration: 12_500_000,
  },
  user: {
    id: `u${i % 200}`,
    email: `u${i % 200}@example.com`,
    name: 'Some Body',
    roles: ['ml-engineer'],
    group: { name: 'search' },
  },
  source: { ip: '10.0.0.7' },
  user_agent: { original: 'mlflow-python-client/3.5' },
  observer: { name: 'gateway-1' },
  tracewarden: {
    person: { kind: 'human', timezone: 'Europe/Berlin', credential: 'tok_1' },
    session: { id: `session-${i % 1000}` },
    connection: { name: 'mlflow', protocol: 'http' },
    collection: 'default',
    statement: { shape: 'GET /api/3.0/mlflow/traces/?', hash: `hmac:${'0'.repeat(32)}` },
    traces: {
      count: 3,
      distinct: 3,
      requested: 100,
      ids: [`tr-${i}`, `tr-${i + 1}`, `tr-${i + 2}`],
      oldest: '2026-01-01T00:00:00.000Z',
    },
    bytes: 8120 + i,
    fields: {
      displayed: ['name', 'attributes.llm.output'],
      masked: ['api_key'],
      sensitive: ['attributes.llm.output'],
    },
    verdict: 'mask',
    mode: 'enforce',
    rules: ['mask-credentials'],
    policy: `sha256:${'0'.repeat(64)}`,
  },
})

async function spooled(directory: string): Promise<{ events: SessionEvent[]; micros: number }> {
  const spool = await openSpool(spoolConfig.parse({}), {
    directory: join(directory, 'spool'),
    gateway: 'bench',
    master: openMasterKey(join(directory, 'keys')),
    clock: systemClock,
    random: systemRandom,
    log,
  })
  const events: SessionEvent[] = []
  const started = process.cpuUsage()
  for (let i = 0; i < EVENTS; i += 10)
    for (const each of await Promise.all(Array.from({ length: 10 }, (_, n) => spool.append([draft(i + n)]))))
      events.push(...each.map(({ event }) => event))
  const { user, system } = process.cpuUsage(started)
  await spool.close()
  return { events, micros: (user + system) / EVENTS }
}

/** Events a second of wall clock, in the shipper's batches. */
async function rate(store: Store, events: readonly SessionEvent[]): Promise<number> {
  const started = performance.now()
  for (let i = 0; i < events.length; i += BATCH) await store.append(events.slice(i, i + BATCH))
  return (events.length / (performance.now() - started)) * 1000
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN

export async function run(): Promise<BenchRow[]> {
  const directory = mkdtempSync(join(tmpdir(), 'tracewarden-bench-'))
  const rows: BenchRow[] = []
  try {
    const { events, micros } = await spooled(directory)
    rows.push({ name: 'spool-append', value: micros, unit: 'µs CPU/event' })
    const embedded = await openStore({ kind: 'embedded' }, { dataDir: directory, log, clock: systemClock })
    rows.push({ name: 'ingest-embedded', value: await rate(embedded, events), unit: 'events/s' })
    await embedded.close()
    rows.push(...(await elasticsearch(events)))
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
  return rows
}

async function elasticsearch(events: readonly SessionEvent[]): Promise<BenchRow[]> {
  const server = await startElasticsearch('1g')
  if (!server) {
    process.stderr.write(`NOT RUN ingest-elasticsearch: ${HOW}\n`)
    return []
  }
  const { url } = server
  const client = new Client({ node: url })
  const stores: Store[] = []
  const ours = async (prefix: string) => {
    const config = { kind: 'elasticsearch', url, prefix, replicas: 0 } as const
    const store = await openStore(config, { dataDir: '', log, clock: systemClock })
    stores.push(store)
    return rate(store, events)
  }
  /** The client's own helper, with its defaults, into an index of the same template. */
  const helper = async (prefix: string) => {
    const config = { kind: 'elasticsearch', url, prefix, replicas: 0 } as const
    stores.push(await openStore(config, { dataDir: '', log, clock: systemClock }))
    const started = performance.now()
    await client.helpers.bulk<SessionEvent>({
      datasource: [...events],
      onDocument: (event) => ({ create: { _index: `${prefix}-events-2026.01`, _id: event.event.id } }),
    })
    return (events.length / (performance.now() - started)) * 1000
  }
  try {
    // The first round warms the server up; then turn about, and the median of each.
    await ours('warm-a')
    await helper('warm-b')
    const [mine, theirs]: [number[], number[]] = [[], []]
    for (let round = 0; round < 4; round++) {
      if (round % 2) theirs.push(await helper(`helper-${round}`))
      mine.push(await ours(`ours-${round}`))
      if (round % 2 === 0) theirs.push(await helper(`helper-${round}`))
    }
    const value = median(mine)
    return [
      {
        name: 'ingest-elasticsearch',
        value,
        unit: 'events/s',
        versus: 'bulk helper',
        ratio: value / median(theirs),
      },
    ]
  } finally {
    for (const store of stores) await store.close()
    await client.close()
    await server.stop()
  }
}
