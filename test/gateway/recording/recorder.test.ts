import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { createRecorder, type Person } from '../../../gateway/port.ts'
import { codeOf } from '../harness.ts'
import { ada, all, DAY, exchange, house, onlyBlob } from './recorder-house.ts'

const ben: Person = { id: 'https://id.example#ben', user: 'ben', roles: [], kind: 'human' }
const SECRET = 'the reasoning nobody may read'

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
