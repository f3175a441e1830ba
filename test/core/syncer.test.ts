import { closeSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Syncer } from '../../core/syncer.ts'

const AT_ONCE = 0
const NEVER = Number.POSITIVE_INFINITY

for (const [where, worth] of [
  ['on a thread of its own', AT_ONCE],
  ['on the pool', NEVER],
] as const)
  t.test(`files are synced ${where}`, async (t) => {
    const syncer = new Syncer(worth)
    t.teardown(() => syncer.close())
    const fd = openSync(join(t.testdir(), 'file'), 'w')
    t.teardown(() => closeSync(fd))
    writeSync(fd, 'kept')
    await t.resolves(syncer.sync(fd))
    await t.resolves(Promise.all(Array.from({ length: 200 }, () => syncer.sync(fd))), 'many at once')
    // No descriptor of anybody's: one that was just closed may be another file's by then.
    await t.rejects(syncer.sync(2 ** 30), { code: 'EBADF' }, 'what the disk says comes back')
    await t.resolves(syncer.sync(fd), 'and the next one is none the worse')
  })

t.test('what is under way when the thread ends is synced all the same', async (t) => {
  const syncer = new Syncer(AT_ONCE)
  const fd = openSync(join(t.testdir(), 'file'), 'w')
  t.teardown(() => closeSync(fd))
  const asked = Array.from({ length: 20 }, () => syncer.sync(fd))
  await syncer.close()
  await t.resolves(Promise.all(asked))
  await t.resolves(syncer.sync(fd), 'and what is asked for later')
})
