import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import {
  importEvents,
  openStore,
  readEvents,
  type SourceLine,
  storedEvents,
  verifyChains,
} from '../../collector/port.ts'
import { systemClock } from '../../core/clock.ts'
import { systemRandom } from '../../core/random.ts'
import { openMasterKey } from '../../core/secrets.ts'
import fc from '../support/properties.ts'
import { sample } from './samples.ts'
import { log } from './support.ts'

const line = (sequence: number, more = {}) => {
  const { tracewarden, ...event } = sample(sequence, { id: `old-${sequence}`, ...more })
  const { chain: _chain, ...rest } = tracewarden
  const { sequence: _sequence, ...inner } = event.event
  return JSON.stringify({ ...event, event: inner, tracewarden: rest })
}
const all = async (paths: string[]) => {
  const lines: SourceLine[] = []
  for await (const each of readEvents(paths)) lines.push(each)
  return lines
}

async function parts(t: Test, files: Record<string, string | Buffer>) {
  const directory = t.testdir()
  const paths = Object.entries(files).map(([name, content]) => {
    writeFileSync(join(directory, name), content)
    return join(directory, name)
  })
  const store = await openStore(
    { kind: 'embedded', file: ':memory:' },
    { dataDir: directory, log, clock: systemClock },
  )
  t.teardown(() => store.close())
  const master = openMasterKey(join(directory, 'keys'))
  const rejects = join(directory, 'rejects.ndjson')
  const load = () =>
    importEvents(readEvents(paths), { store, master, clock: systemClock, random: systemRandom, rejects })
  return {
    paths,
    store,
    master,
    load,
    rejects: () =>
      readFileSync(rejects, 'utf8')
        .trim()
        .split('\n')
        .map((each) => JSON.parse(each)),
  }
}

t.test('past events are read by cursor, verify, and are imported once', async (t) => {
  const text = Array.from({ length: 700 }, (_, i) => line(i + 1)).join('\n')
  const { store, master, load } = await parts(t, {
    'a.ndjson': text,
    'b.ndjson.gz': gzipSync(`${line(701)}\n${line(5)}\n`),
  })
  const first = await load()
  t.match(first, { chain: /^import:/, created: 701, duplicates: 1, refused: 0, invalid: 0 })
  t.match(await load(), { created: 0, duplicates: 702, refused: 0 })
  const { events } = await store.read({}, 1000)
  t.equal(events.length, 701)
  t.equal(events[700]?.event.id, 'old-701')
  t.match(await verifyChains([storedEvents(store)], { master }), {
    ok: true,
    chains: [{ chain: first.chain, to: 701 }],
  })
})

t.test('lines that are no events are set aside with their place, and stop nothing', async (t) => {
  const { store, load, rejects } = await parts(t, {
    'a.ndjson': `${line(1)}\n{"half":\n\n${line(2, { outcome: 'perhaps' })}\r\n${line(3)}`,
  })
  t.match(await load(), { created: 2, invalid: 2 })
  t.match(rejects(), [
    { reason: /a\.ndjson:2: not JSON/, line: '{"half":' },
    { reason: /a\.ndjson:4: event\.outcome/, line: /perhaps/ },
  ])
  t.equal((await store.search({ limit: 9 })).total, 2)
})

t.test('an id that the store has with other content is refused, and the first stays', async (t) => {
  const { store, load, rejects } = await parts(t, { 'a.ndjson': `${line(1)}\n${line(1, { traces: 9 })}` })
  t.match(await load(), { created: 1, refused: 1 })
  t.match(rejects(), [{ status: 'tampered', event: { event: { id: 'old-1' } } }])
  t.equal((await store.search({ limit: 9 })).total, 1)
})

t.test('the number and chain of another installation are kept, but not taken for this one’s', async (t) => {
  const { store, load } = await parts(t, { 'a.ndjson': JSON.stringify(sample(77)) })
  await load()
  t.match((await store.read({}, 9)).events, [
    {
      event: { sequence: 1 },
      tracewarden: { origin: { sequence: 77, chain: { id: 'gw-a' } }, chain: { id: /^import:/ } },
    },
  ])
  t.match(await load(), { created: 0, duplicates: 1 })
})

t.test('a file that is missing, or a gzip that is cut, is named', async (t) => {
  const { paths } = await parts(t, { 'cut.gz': gzipSync(line(1).repeat(50)).subarray(0, 40) })
  await t.rejects(all(paths), { code: 'TW_IMPORT_UNREADABLE', message: /cut\.gz/ })
  await t.rejects(all(['/nowhere/x.ndjson']), { code: 'TW_IMPORT_UNREADABLE', message: /nowhere/ })
})

t.test('any bytes at all are read to the end, line by line', async (t) => {
  const directory = t.testdir()
  const file = join(directory, 'any.ndjson')
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 40 })), async (chunks) => {
      const bytes = Buffer.concat(chunks.map((chunk) => Buffer.from(chunk)))
      if (bytes[0] === 0x1f && bytes[1] === 0x8b) return
      writeFileSync(file, Buffer.concat([bytes, Buffer.from(`\n${line(1)}`)]))
      const lines = await all([file])
      t.match(lines.at(-1), { event: { event: { id: 'old-1' } } })
      t.ok(lines.slice(0, -1).every((each) => 'problem' in each))
    }),
    { numRuns: 60 },
  )
})
