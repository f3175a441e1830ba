import { appendFileSync, existsSync, readFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { codeOf } from '../harness.ts'
import { ada, all, exchange, house, onlyBlob } from './recorder-house.ts'

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
