import { join } from 'node:path'
import t from 'tap'
import { openStore } from '../../collector/port.ts'
import { systemClock } from '../../core/clock.ts'
import { createLogger } from '../../core/log.ts'
import { sample } from './samples.ts'
import { storeContract } from './store-contract.ts'

const deps = (dataDir: string) => ({ dataDir, log: createLogger('silent'), clock: systemClock })

t.test('the contract, on a file', async (t) => {
  storeContract(t, (t) => openStore({ kind: 'embedded' }, deps(t.testdir())))
})

t.test('the store in memory works as well', async (t) => {
  const store = await openStore({ kind: 'embedded', file: ':memory:' }, deps(t.testdir()))
  await store.append([sample(1)])
  t.equal((await store.read({}, 10)).events.length, 1)
  await store.close()
})

t.test('two processes may use one file at once', async (t) => {
  const directory = t.testdir()
  const one = await openStore({ kind: 'embedded' }, deps(directory))
  const two = await openStore({ kind: 'embedded' }, deps(directory))
  await Promise.all(
    Array.from({ length: 40 }, (_, i) =>
      (i % 2 ? one : two).append([sample(i + 1), sample(i + 1, { chain: 'gw-b' })]),
    ),
  )
  t.equal((await one.search({ limit: 1 })).total, 80)
  t.equal((await two.search({ limit: 1 })).total, 80)
  const at = '2026-01-05T09:00:00.000Z'
  const version = await one.documents.put('token', 't1', {}, { expect: 'absent', at })
  await two.documents.put('token', 't1', { revoked: true }, { expect: version, at })
  await t.rejects(one.documents.put('token', 't1', {}, { expect: version, at }), {
    code: 'TW_STORE_CONFLICT',
  })
  await Promise.all([one.close(), two.close()])
})

t.test('what was stored is there after a restart', async (t) => {
  const directory = t.testdir()
  const before = await openStore({ kind: 'embedded' }, deps(directory))
  await before.append([sample(1)])
  await before.close()
  const after = await openStore({ kind: 'embedded' }, deps(directory))
  t.equal((await after.search({ limit: 1 })).total, 1)
  await after.close()
})

t.test('a file that is not a store is refused, and kept', async (t) => {
  const directory = t.testdir({
    'store.db': 'this is no database, and long enough to be looked at'.repeat(40),
  })
  await t.rejects(openStore({ kind: 'embedded', file: join(directory, 'store.db') }, deps(directory)), {
    code: /TW_STORE_(DAMAGED|UNAVAILABLE)/,
  })
})
