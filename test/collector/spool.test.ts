import { spawn } from 'node:child_process'
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t from 'tap'
import { type Disk, realDisk } from '../../collector/spool/disk.ts'
import { openSpoolTail } from '../../collector/spool/tail.ts'
import { systemClock } from '../../core/clock.ts'
import type { SessionEvent } from '../../core/event.ts'
import { draft, drained, files, linked, spoolIn, until } from './support.ts'

t.test(
  'events are numbered and chained, over segments and restarts, and leave the disk once shipped',
  async (t) => {
    const directory = t.testdir()
    // What comes during a sync goes into one segment, so here none takes long.
    const disk: Disk = { ...realDisk, sync: async () => undefined }
    const first = await spoolIn(directory, { segment: '2KiB' }, { disk })
    for (let i = 0; i < 10; i++) await first.append([draft(`a${i}`), draft(`b${i}`)])
    await first.close()
    t.ok(files(directory).length > 3)

    const second = await spoolIn(directory, { segment: '2KiB' })
    t.ok(second.backlog().bytes > 5000)
    await second.append([draft('after the restart')])
    await second.close()

    const third = await spoolIn(directory, { segment: '2KiB' })
    const events = await drained(third)
    t.equal(events.length, 21)
    t.ok(linked(events))
    t.equal(new Set(events.map((event) => event.event.id)).size, 21)
    t.same(third.backlog().bytes, 0)
    t.equal(files(directory).length, 1)
    await third.close()

    const fourth = await spoolIn(directory)
    t.same(await drained(fourth), [], 'the acknowledged place is remembered')
    const next = (await fourth.append([draft('goes on')]))[0]?.event
    t.equal(next?.event.sequence, 22)
    t.equal(next?.tracewarden.chain?.prev, events.at(-1)?.tracewarden.chain?.hash)
    await fourth.close()
  },
)

t.test('calls of one turn share one write, and each gets its own events', async (t) => {
  let writes = 0
  const disk: Disk = {
    ...realDisk,
    write(...args) {
      writes++
      realDisk.write(...args)
    },
  }
  const spool = await spoolIn(t.testdir(), {}, { disk })
  const results = await Promise.all(Array.from({ length: 50 }, (_, i) => spool.append([draft(`n${i}`)])))
  t.equal(writes, 1)
  t.same(
    results.map(([one]) => one?.event.event.reason),
    Array.from({ length: 50 }, (_, i) => `n${i}`),
  )
  await spool.close()
})

t.test('a draft that cannot be printed is refused alone', async (t) => {
  const spool = await spoolIn(t.testdir())
  const bad = { ...draft('bad'), loop: 1n }
  const [good, refused, after] = await Promise.allSettled([
    spool.append([draft('1')]),
    spool.append([draft('x'), bad]),
    spool.append([draft('2')]),
  ])
  t.equal(good.status, 'fulfilled')
  t.equal(refused.status, 'rejected')
  t.equal(after.status, 'fulfilled')
  await spool.close()
  t.equal(spool.backlog().sequence, 2)
})

t.test('beyond the bound it refuses, and takes more once the store has caught up', async (t) => {
  const spool = await spoolIn(t.testdir(), { max: '2KiB', segment: '512B' })
  let error: unknown
  let written = 0
  while (!error)
    await spool.append([draft('x')]).then(
      () => written++,
      (reason) => {
        error = reason
      },
    )
  t.match(error, { code: 'TW_SPOOL_FULL', status: 503 })
  await until(async () => (await spool.pending(100)).events.length === written)
  await drained(spool)
  await t.resolves(spool.append([draft('y')]))
  t.equal(spool.backlog().sequence, written + 1)
  await spool.close()
})

t.test('a torn last line is set aside and the chain goes on before it', async (t) => {
  const directory = t.testdir()
  const before = await spoolIn(directory)
  await before.append([draft('1'), draft('2')])
  await before.close()
  const file = join(directory, 'spool', files(directory)[0]!)
  appendFileSync(file, '{"@timestamp":"2026-01-05T09:00')
  const after = await spoolIn(directory)
  await after.append([draft('3')])
  const torn = readdirSync(join(directory, 'spool')).filter((name) => name.endsWith('.torn'))
  t.equal(readFileSync(join(directory, 'spool', torn[0]!), 'utf8'), '{"@timestamp":"2026-01-05T09:00')
  await after.close()
  const again = await spoolIn(directory)
  const events = await drained(again)
  t.equal(events.length, 3)
  t.ok(linked(events))
  await again.close()
})

t.test('a damaged line in the middle is reported, and the rest is shipped', async (t) => {
  const directory = t.testdir()
  const before = await spoolIn(directory)
  await before.append([draft('1'), draft('2'), draft('3')])
  await before.close()
  const file = join(directory, 'spool', files(directory)[0]!)
  const lines = readFileSync(file, 'utf8').split('\n')
  lines[1] = '\u0000'.repeat(30)
  writeFileSync(file, lines.join('\n'))
  const after = await spoolIn(directory)
  const { events, damaged } = await after.pending(10)
  t.same(
    events.map((event) => event.event.reason),
    ['1', '3'],
  )
  t.match(damaged, [{ segment: 1, offset: lines[0]!.length + 1, line: lines[1] }])
  await after.close()
})

t.test('a chain whose end is lost is not continued: a new one begins', async (t) => {
  const directory = t.testdir()
  const before = await spoolIn(directory)
  await before.append([draft('1')])
  const old = before.backlog().chain
  await before.close()
  writeFileSync(join(directory, 'spool', files(directory)[0]!), 'not an event\n')
  const after = await spoolIn(directory)
  t.not(after.backlog().chain, old)
  const event = (await after.append([draft('1')]))[0]?.event
  t.equal(event?.event.sequence, 1)
  await after.close()
})

t.test('one process writes a spool', async (t) => {
  const directory = t.testdir()
  const spool = await spoolIn(directory)
  await t.rejects(spoolIn(directory), { code: 'TW_SPOOL_LOCKED' })
  await spool.close()
  const next = await spoolIn(directory)
  await next.close()
})

t.test('a collector in another process ships what was synced, and the writer learns of it', async (t) => {
  const directory = t.testdir()
  const spool = await spoolIn(directory, { segment: '1KiB', max: '3KiB' })
  const tail = openSpoolTail({ directory: join(directory, 'spool'), clock: systemClock })
  let woken = 0
  tail.onSynced(() => woken++)
  const written = await spool.append([draft('1'), draft('2')])
  await until(() => woken > 0)
  const { events, position } = await tail.pending(10)
  t.same(
    events,
    written.map(({ event }) => event),
  )
  t.ok(tail.backlog().bytes > 0)
  await tail.acknowledge(position)
  t.equal(tail.backlog().bytes, 0)
  await t.resolves(spool.append([draft('3'), draft('4')]), 'the bound counts what still waits')
  await until(() => woken > 1)
  t.equal((await tail.pending(10)).events.length, 2)
  await tail.close()
  await spool.close()
})

t.test('a killed process loses nothing that it released', async (t) => {
  const directory = t.testdir()
  const child = spawn(
    process.execPath,
    ['--import=tsx', join(import.meta.dirname, 'spool-child.ts'), directory],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { PATH: process.env.PATH } },
  )
  const exited = new Promise((resolve) => child.once('exit', resolve))
  const released: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    released.push(line)
    if (released.length === 300) child.kill('SIGKILL')
  }
  await exited
  const spool = await spoolIn(directory, { segment: '16KiB' })
  const event = (await spool.append([draft('after')]))[0]?.event
  await until(async () => (await spool.pending(1)).events.length > 0)
  const events: SessionEvent[] = []
  await until(async () => {
    events.push(...(await drained(spool)))
    return events.at(-1)?.event.id === event?.event.id
  })
  t.ok(linked(events))
  const ids = new Set(events.map((each) => each.event.id))
  t.same(
    released.filter((id) => !ids.has(id)),
    [],
  )
  await spool.close()
})
