import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { type Disk, realDisk } from '../../collector/spool/disk.ts'
import { draft, drained, files, linked, spoolIn, until } from './support.ts'

t.test('what is written while a slow sync is under way is synced by the next one', async (t) => {
  let syncs = 0
  let open = () => {}
  const gate = new Promise<void>((resolve) => {
    open = resolve
  })
  const disk: Disk = {
    ...realDisk,
    sync: async (fd) => {
      if (syncs++ === 0) await gate
      await realDisk.sync(fd)
    },
  }
  const spool = await spoolIn(t.testdir(), { interval: '1ms' }, { disk })
  await spool.append([draft('first')])
  await until(() => syncs === 1)
  await spool.append([draft('meanwhile')])
  // Timers fire in order: by now the one that the second append set has found the first sync still busy.
  await new Promise((resolve) => setTimeout(resolve, 5))
  open()
  await until(async () => (await spool.pending(10)).events.length === 2)
  await spool.append([draft('later')])
  await until(async () => (await spool.pending(10)).events.length === 3)
  await spool.close()
})

t.test('with `always` nothing resolves before it is synced, and many waiters share a sync', async (t) => {
  let syncs = 0
  let open = () => {}
  const gate = new Promise<void>((resolve) => {
    open = resolve
  })
  const disk: Disk = {
    ...realDisk,
    sync: async (fd) => {
      syncs++
      await gate
      await realDisk.sync(fd)
    },
  }
  const spool = await spoolIn(t.testdir(), { sync: 'always' }, { disk })
  let resolved = 0
  const appends = Array.from({ length: 20 }, () => spool.append([draft('x')]).then(() => resolved++))
  await until(() => syncs === 1)
  const later = spool.append([draft('y')]).then(() => resolved++)
  await until(() => spool.backlog().sequence === 21)
  t.equal(resolved, 0)
  t.same((await spool.pending(10)).events, [], 'nor is it shipped')
  open()
  await Promise.all([...appends, later])
  t.equal(syncs, 2, 'one for the twenty, one for what came meanwhile')
  await spool.close()
})

t.test(
  'what comes during a sync does not wait for it, and is there after a kill in the middle',
  async (t) => {
    let syncing = 0
    let open = () => {}
    const gate = new Promise<void>((resolve) => {
      open = resolve
    })
    const disk: Disk = {
      ...realDisk,
      sync: async (fd) => {
        syncing++
        await gate
        await realDisk.sync(fd)
      },
    }
    const root = t.testdir()
    const directory = join(root, 'living')
    const spool = await spoolIn(directory, { interval: '1ms' }, { disk })
    await spool.append([draft('before')])
    await until(() => syncing === 1)
    await spool.append([draft('during'), draft('during, too')])
    await spool.append([draft('still during')])
    const killed = join(root, 'killed')
    cpSync(directory, killed, { recursive: true, filter: (path) => !path.endsWith('lock') })

    const recovered = await spoolIn(killed)
    await recovered.append([draft('after the kill')])
    await until(async () => (await recovered.pending(10)).events.length === 5)
    const { events } = await recovered.pending(10)
    t.ok(linked(events))
    t.same(
      events.map(({ event }) => event.reason),
      ['before', 'during', 'during, too', 'still during', 'after the kill'],
    )
    await recovered.close()

    open()
    await until(async () => (await spool.pending(10)).events.length === 4)
    t.ok(linked((await spool.pending(10)).events), 'and without a kill they stand in their segment')
    await spool.close()
    const reopened = await spoolIn(directory)
    t.equal(reopened.backlog().sequence, 4, 'once')
    await reopened.close()
  },
)

t.test('a full disk refuses, leaves no half line, and the chain goes on without a gap', async (t) => {
  const directory = t.testdir()
  let full = false
  let truncates = true
  const disk: Disk = {
    ...realDisk,
    sync: async () => undefined,
    write(fd, bytes, position) {
      if (!full) return realDisk.write(fd, bytes, position)
      realDisk.write(fd, bytes.subarray(0, bytes.length >> 1), position)
      throw new Error('ENOSPC: no space left on device')
    },
    truncate(fd, length) {
      if (!truncates) throw new Error('EIO: i/o error')
      realDisk.truncate(fd, length)
    },
  }
  const spool = await spoolIn(directory, {}, { disk })
  await spool.append([draft('1')])
  full = true
  await t.rejects(spool.append([draft('no'), draft('no')]), {
    code: 'TW_SPOOL_UNWRITABLE',
    message: /ENOSPC/,
  })
  truncates = false
  await t.rejects(spool.append([draft('no')]), { code: 'TW_SPOOL_UNWRITABLE' })
  full = false
  await t.rejects(spool.append([draft('the half line is still there')]), { code: 'TW_SPOOL_UNWRITABLE' })
  truncates = true
  await spool.append([draft('2')])
  await spool.close()
  const again = await spoolIn(directory)
  const events = await drained(again)
  t.same(
    events.map((event) => event.event.reason),
    ['1', '2'],
  )
  t.ok(linked(events))
  await again.close()
})

t.test('a sync that fails refuses until it works, and what it may have lost is written again', async (t) => {
  const directory = t.testdir()
  let failing = true
  const disk: Disk = {
    ...realDisk,
    sync: async (fd) => {
      if (failing) throw new Error('EIO: i/o error')
      await realDisk.sync(fd)
    },
  }
  const spool = await spoolIn(directory, { sync: 'always' }, { disk })
  await t.rejects(spool.append([draft('1')]), { code: 'TW_SPOOL_UNWRITABLE' })
  await t.rejects(spool.append([draft('no')]), { code: 'TW_SPOOL_UNWRITABLE' })
  const file = join(directory, 'spool', files(directory)[0]!)
  const written = readFileSync(file)
  writeFileSync(file, Buffer.alloc(written.length))
  failing = false
  await until(() =>
    spool.append([draft('2')]).then(
      () => true,
      () => false,
    ),
  )
  const events = await drained(spool)
  t.ok(linked(events))
  t.same(
    events.map((event) => event.event.reason),
    ['1', '2'],
  )
  await spool.close()
})
