import { execFile } from 'node:child_process'
import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { openDirectoryBlobs } from '../../../collector/port.ts'
import {
  createRecorder,
  type Frame,
  type Person,
  type RecorderConfig,
  type Recording,
} from '../../../gateway/port.ts'
import { codeOf, manualClock, replicaDeps, sharedDocuments } from '../harness.ts'

const store = sharedDocuments(t)
const ada: Person = { id: 'https://id.example#ada', user: 'ada', roles: [], kind: 'human' }
const ben: Person = { id: 'https://id.example#ben', user: 'ben', roles: [], kind: 'human' }
const DAY = 86400e3
const SECRET = 'the reasoning nobody may read'

function house(t: Test, config: RecorderConfig = { max_session: 1024 ** 2, retention: 90 * DAY }) {
  const directory = t.testdir()
  const clock = manualClock()
  const { documents, control } = store()
  const deps = {
    ...replicaDeps(directory, documents, clock),
    directory: join(directory, 'parts'),
    blobs: openDirectoryBlobs(join(directory, 'blobs')),
    gateway: 'gateway-1',
  }
  const recorder = createRecorder(config, deps)
  t.teardown(() => recorder.close())
  const part = (session: string) => join(deps.directory, `${session}.part`)
  /** As a gateway does that starts after a crash: nothing of the old one's memory. */
  const restarted = () => {
    const next = createRecorder(config, deps)
    t.teardown(() => next.close())
    return next
  }
  return { recorder, deps, documents, control, clock, directory, part, restarted }
}

const exchange = (clock: { now(): number }, request: string, body: string): Frame[] => [
  { at: clock.now(), request, kind: 'request', meta: { method: 'GET', path: `/traces/${request}` } },
  { at: clock.now(), request, kind: 'response', meta: { status: 200, type: 'application/json' } },
  { at: clock.now(), request, kind: 'body', data: Buffer.from(body) },
  { at: clock.now(), request, kind: 'end' },
]

/** All frames, and the code they end in. */
async function all(recording: Recording | undefined) {
  if (!recording) throw new Error('no recording')
  const frames: Frame[] = []
  const code = await codeOf(
    (async () => {
      for await (const frame of recording.frames) frames.push(frame)
    })(),
  )
  return { frames, code }
}

t.test('what was appended is read, while the session lives and after', async (t) => {
  const { recorder, clock, part, deps } = house(t)
  const session = await recorder.open('S1', ada, clock.now())
  const one = exchange(clock, 'r1', `{"text":"${SECRET}"}`)
  const two = exchange(clock, 'r2', SECRET.repeat(80_000))
  await Promise.all([session.append(one.slice(0, 2)), session.append(one.slice(2))])
  const live = await recorder.read('S1')
  t.match(live, { person: ada.id, user: 'ada', sealed: false, started: clock.now() })
  t.same(await all(live), { frames: one, code: undefined })
  await session.append(two)
  t.equal(readFileSync(part('S1')).includes(SECRET.slice(0, 12)), false, 'encrypted on disk')
  // Long enough not to stand in megabytes of ciphertext by chance, as three letters do once in seven runs.
  for (const name of [ada.id, JSON.stringify(ada.user)])
    t.equal(readFileSync(part('S1')).includes(name), false, 'and nobody is named')
  const written = session.bytes
  clock.advance(5000)
  await session.seal()
  t.equal(await codeOf(session.append(one)), 'TW_RECORDING_CLOSED')
  await recorder.close()
  t.notOk(existsSync(part('S1')))
  const sealed = await recorder.read('S1')
  t.equal(sealed?.sealed, true)
  t.same(await all(sealed), { frames: [...one, ...two], code: undefined })
  const { recordings } = await recorder.list({ user: 'ada', limit: 10 })
  t.match(recordings, [
    { session: 'S1', user: 'ada', frames: 8, bytes: written, sealed: true, gateway: 'gateway-1' },
  ])
  t.equal(Date.parse(recordings[0]?.ended ?? '') - Date.parse(recordings[0]?.started ?? ''), 5000)
  t.same((await recorder.list({ user: 'ben', limit: 10 })).recordings, [])
  let size = 0
  for await (const chunk of (await deps.blobs.get(await onlyBlob(deps.blobs))) ?? []) size += chunk.length
  t.ok(size < written / 20, 'compressed')
  t.equal(await recorder.read('S2'), undefined)
})

async function onlyBlob(blobs: { list(prefix: string): AsyncIterable<string> }): Promise<string> {
  for await (const key of blobs.list('')) return key
  throw new Error('no blob')
}

t.test('a crash loses nothing that was acknowledged; the torn tail is named', async (t) => {
  const { recorder, clock, part, restarted } = house(t)
  const session = await recorder.open('S1', ada, clock.now())
  const one = exchange(clock, 'r1', 'whole')
  await session.append(one)
  const whole = readFileSync(part('S1')).length
  await session.append(exchange(clock, 'r2', 'torn'))
  truncateSync(part('S1'), readFileSync(part('S1')).length - 5)
  const next = restarted()
  t.same(await all(await next.read('S1')), { frames: one, code: 'TW_RECORDING_DAMAGED' })
  await next.sweep(clock.now())
  t.notOk(existsSync(part('S1')))
  t.same(
    await all(await next.read('S1')),
    { frames: one, code: 'TW_RECORDING_DAMAGED' },
    'sealed, and still named',
  )
  t.match((await next.list({ limit: 1 })).recordings, [{ sealed: true, damage: 'cut', frames: 4 }])
  const second = await recorder.open('S2', ada, clock.now())
  await second.append(one)
  renameSync(part('S2'), part('copy'))
  truncateSync(part('copy'), whole)
  renameSync(part('copy'), part('S2'))
  await next.sweep(clock.now())
  t.match(
    (await next.list({ limit: 9 })).recordings,
    [{ damage: 'cut' }, { damage: 'cut' }],
    'no end, even if no block is torn',
  )
})

t.test('altered, moved, removed or foreign blocks are found', async (t) => {
  const { recorder, clock, part, deps, restarted } = house(t)
  const session = await recorder.open('S1', ada, clock.now())
  const bounds = [readFileSync(part('S1')).length]
  const frames = ['r1', 'r2', 'r3'].map((request) => exchange(clock, request, 'same length'))
  for (const one of frames) {
    await session.append(one)
    bounds.push(readFileSync(part('S1')).length)
  }
  const other = await recorder.open('S2', ada, clock.now())
  await other.append(frames[0] ?? [])
  const foreign = readFileSync(part('S2'))
  const bytes = readFileSync(part('S1'))
  const [start = 0, first = 0, second = 0] = bounds
  const block = (from: number, to: number) => bytes.subarray(from, to)
  const flipped = Buffer.from(bytes)
  flipped[first + 30] = (flipped[first + 30] ?? 0) ^ 1
  const header = Buffer.from(bytes)
  header.write('9', header.indexOf('"started":') + 10)
  const cases: [string, Buffer, number][] = [
    ['one bit', flipped, 4],
    ['a block left out', Buffer.concat([block(0, first), block(second, bytes.length)]), 4],
    [
      'two blocks swapped',
      Buffer.concat([
        block(0, start),
        block(first, second),
        block(start, first),
        block(second, bytes.length),
      ]),
      0,
    ],
    ['a block repeated', Buffer.concat([block(0, first), block(start, first)]), 4],
    [
      'a block of another session',
      Buffer.concat([block(0, first), foreign.subarray(foreign.length - (first - start))]),
      4,
    ],
    ['a huge length', Buffer.concat([block(0, first), Buffer.alloc(40, 255)]), 4],
  ]
  for (const [name, content, whole] of cases) {
    writeFileSync(part('S1'), content)
    const found = await all(await restarted().read('S1'))
    t.same(found, { frames: frames.flat().slice(0, whole), code: 'TW_RECORDING_DAMAGED' }, name)
  }
  writeFileSync(part('S1'), header)
  t.equal(await codeOf(restarted().read('S1')), 'TW_RECORDING_DAMAGED', 'header')
  writeFileSync(part('S3'), bytes)
  t.equal(await codeOf(restarted().read('S3')), 'TW_RECORDING_DAMAGED', 'under another name')
  writeFileSync(part('S1'), flipped)
  await restarted().sweep(clock.now())
  t.ok(existsSync(join(deps.directory, 'S1.altered')), 'evidence is set aside')
})

t.test('a sealed blob cut at any block is found out', async (t) => {
  const { recorder, clock, deps, directory } = house(t)
  const session = await recorder.open('S1', ada, clock.now())
  for (let i = 0; i < 40; i++) await session.append(exchange(clock, `r${i}`, String(Math.sin(i)).repeat(500)))
  await session.seal()
  await recorder.close()
  const file = join(directory, 'blobs', await onlyBlob(deps.blobs))
  const size = readFileSync(file).length
  truncateSync(file, size - 90)
  t.equal((await all(await recorder.read('S1'))).code, 'TW_RECORDING_DAMAGED')
  appendFileSync(file, Buffer.alloc(90))
  t.equal((await all(await recorder.read('S1'))).code, 'TW_RECORDING_DAMAGED')
})

t.test('without a record nothing may be shown: disk, key, bound and name', async (t) => {
  const { recorder, clock, deps, control, part } = house(t, { max_session: 2000, retention: DAY })
  const session = await recorder.open('S1', ada, clock.now())
  t.equal(await codeOf(recorder.open('S1', ada, clock.now())), 'TW_RECORDING_EXISTS')
  await session.append(exchange(clock, 'r1', 'x'.repeat(2000)))
  t.equal(await codeOf(session.append(exchange(clock, 'r2', 'y'))), 'TW_RECORDING_FULL')
  control.down = true
  const more = await recorder.open('S2', ada, clock.now())
  t.ok(more, 'a key at hand serves on')
  t.equal(await codeOf(recorder.open('S3', ben, clock.now())), 'TW_RECORDING_KEY')
  control.down = false
  t.notOk(existsSync(part('S3')), 'a refused recording leaves no file')
  const [key] = (await deps.documents.list('person-key', { limit: 1 })).documents
  const wrapped = Buffer.alloc(60).toString('base64')
  await deps.documents.put('person-key', key?.id ?? '', { wrapped }, { expect: 'any', at: key?.at ?? '' })
  clock.advance(60_001)
  t.equal(await codeOf(recorder.open('S4', ada, clock.now())), 'TW_RECORDING_KEY', 'an altered key is no key')
})

t.test('erasing a person leaves nothing of them, and others alone', async (t) => {
  const { recorder, clock, documents, restarted, part } = house(t)
  for (const [id, person] of Object.entries({ A1: ada, A2: ada, B1: ben })) {
    const session = await recorder.open(id, person, clock.now())
    await session.append(exchange(clock, 'r1', SECRET))
    if (id !== 'A2') await session.seal()
  }
  await recorder.close()
  const live = await recorder.open('A3', ada, clock.now())
  await live.append(exchange(clock, 'r1', SECRET))
  await recorder.erase(ada.id)
  t.equal(await codeOf(live.append(exchange(clock, 'r2', SECRET))), 'TW_RECORDING_CLOSED')
  for (const id of ['A1', 'A2', 'A3']) t.equal(await restarted().read(id), undefined)
  t.notOk(existsSync(part('A3')))
  t.equal((await documents.list('person-key', { limit: 9 })).documents.length, 1)
  t.match((await recorder.list({ limit: 9 })).recordings, [{ session: 'B1' }])
  t.equal((await all(await recorder.read('B1'))).frames.length, 4)
})

t.test('retention removes what is older, and only that', async (t) => {
  const { recorder, clock, deps } = house(t)
  for (const id of ['old', 'new']) {
    const session = await recorder.open(id, ada, clock.now())
    await session.append(exchange(clock, 'r1', 'x'))
    await session.seal()
    await recorder.close()
    clock.advance(60 * DAY)
  }
  await recorder.sweep(clock.now())
  t.equal(await recorder.read('old'), undefined)
  t.equal((await all(await recorder.read('new'))).frames.length, 4)
  t.match((await recorder.list({ limit: 9 })).recordings, [{ session: 'new' }])
  t.match(await onlyBlob(deps.blobs), /new$/)
})

t.test('a store or blob place that fails keeps the part until the next sweep', async (t) => {
  const { recorder, clock, control, part } = house(t)
  const session = await recorder.open('S1', ada, clock.now())
  await session.append(exchange(clock, 'r1', 'x'))
  control.down = true
  await session.seal()
  await recorder.close()
  t.ok(existsSync(part('S1')))
  control.down = false
  t.equal((await all(await recorder.read('S1'))).frames.length, 4)
  await recorder.sweep(clock.now())
  const sealed = await recorder.read('S1')
  t.equal(sealed?.sealed, true)
  await sealed?.close()
  t.same(readdirSync(join(part('S1'), '..')), [])
})

t.test('a session recorded on another gateway says where', async (t) => {
  const { recorder, clock, deps, directory } = house(t)
  await recorder.open('S1', ada, clock.now())
  await recorder.sweep(clock.now())
  const elsewhere = createRecorder(
    { max_session: 1e6, retention: DAY },
    { ...deps, directory: join(directory, 'parts-2'), gateway: 'gateway-2' },
  )
  t.teardown(() => elsewhere.close())
  t.equal(await codeOf(elsewhere.read('S1')), 'TW_RECORDING_ELSEWHERE')
})

t.test('on a full disk what does not fit is refused, and all the rest stays whole', async (t) => {
  // The file size limit of a process is a disk that is full at 256 KiB: half a write, and then an error.
  const { stdout } = await promisify(execFile)('bash', [
    '-c',
    'ulimit -f 256; exec "$0" --import=tsx "$@"',
    process.execPath,
    join(import.meta.dirname, 'full-disk.ts'),
    t.testdir(),
  ])
  t.same(JSON.parse(stdout), {
    results: ['written', 'TW_RECORDING_UNWRITABLE', 'written', 'TW_RECORDING_UNWRITABLE', 'written'],
    read: ['160000', '1000', '2000'],
    sealed: ['160000', '1000', '2000'],
  })
})

t.test('with sync: always, and more sessions than open files, all is there', async (t) => {
  const { recorder, clock } = house(t, { max_session: 1e6, retention: DAY, sync: 'always' })
  const ids = Array.from({ length: 300 }, (_, i) => `S${i}`)
  const sessions = await Promise.all(ids.map((id) => recorder.open(id, ada, clock.now())))
  const frames = ['r1', 'r2', 'r3'].map((id) => exchange(clock, id, 'x'))
  for (const one of frames) await Promise.all(sessions.map((session) => session.append(one)))
  await Promise.all(
    sessions.slice(0, 150).flatMap((session) => [session.append(frames[0] ?? []), session.seal()]),
  )
  for (const [i, id] of ids.entries())
    if (i % 50 === 0)
      t.same(
        (await all(await recorder.read(id))).frames,
        i < 150 ? [...frames, frames[0]].flat() : frames.flat(),
        id,
      )
})
