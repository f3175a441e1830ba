import t from 'tap'
import { type Documents, openStore } from '../../../collector/port.ts'
import { systemClock } from '../../../core/clock.ts'
import { CodedError } from '../../../core/errors.ts'
import { createLogger } from '../../../core/log.ts'
import { openKeyRing } from '../../../core/signing.ts'
import { createQuotas } from '../../../gateway/policy/window/quota.ts'
import { sharedWindows } from '../../../gateway/policy/window/shared.ts'
import { createWindows } from '../../../gateway/policy/window/windows.ts'
import fc from '../../support/properties.ts'
import { testRandom } from '../../support/random.ts'

const random = testRandom('shared-windows')
const HOUR = 3600e3
const LIMIT = 40
const log = createLogger('silent')
const root = t.testdir()
const store = await openStore(
  { kind: 'embedded', file: ':memory:' },
  { dataDir: root, log, clock: systemClock },
)
t.teardown(() => store.close())
const keyRing = openKeyRing(`${root}/keys`, 'gateway-1')

function replica(gateway: string, documents: Documents = store.documents) {
  const windows = sharedWindows({
    local: createWindows({ span: () => HOUR, random }),
    quotas: createQuotas({ documents, keyRing, clock: systemClock, random }),
    gateway,
    span: () => HOUR,
    limits: () => ({ window_approval: 20, window_block: LIMIT }),
    log,
  })
  return {
    windows,
    /** As a door does: waits, decides and reserves with no await between. */
    async read(person: string, ids: readonly string[], now: number): Promise<boolean> {
      for (let i = 0; ; i++) {
        const wait = windows.prepare(person, ids, ids.length, now)
        if (!wait) break
        await wait
        if (i > 20) throw new Error('prepare does not come to an end')
      }
      const { traces, fresh } = windows.use(person, ids, ids.length, now)
      if (traces + fresh > LIMIT) return false
      windows.reserve(person, ids, ids.length, now)
      return true
    },
  }
}

t.test('replicas together never release more than the window, however reads interleave', async (t) => {
  let person = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(2), fc.integer({ min: 1, max: 7 })), { minLength: 20, maxLength: 40 }),
      async (reads) => {
        person++
        const replicas = ['a', 'b', 'c'].map((name) => replica(name))
        let id = 0
        const released = await Promise.all(
          reads.map(async ([which, count]) => {
            const ids = Array.from({ length: count }, () => `t${id++}`)
            return (await replicas[which]!.read(`p${person}`, ids, 1000)) ? count : 0
          }),
        )
        const total = released.reduce((sum, count) => sum + count, 0)
        t.ok(total <= LIMIT)
        return total <= LIMIT
      },
    ),
    { numRuns: 25 },
  )
})

t.test('one replica gets the whole window, and what it was given back comes with time', async (t) => {
  const [a, b] = [replica('a'), replica('b')]
  const one = async (n: number, now: number) => a.read('solo', [`t${n}`], now)
  for (let n = 0; n < LIMIT; n++) t.ok(await one(n, 1000), `trace ${n}`)
  t.notOk(await one(LIMIT, 1000))
  t.notOk(await b.read('solo', ['other'], 1000), 'nor through another')
  t.ok(await one(0, 1000), 'what was read may be read again')
  t.ok(await b.read('solo', ['other'], 1000 + HOUR + HOUR / 60 + 1), 'an hour later')
})

t.test('a refused request keeps nothing from the others', async (t) => {
  const [a, b] = [replica('a'), replica('b')]
  const many = Array.from({ length: LIMIT + 1 }, (_, n) => `m${n}`)
  t.notOk(await a.read('greedy', many, 1000))
  t.ok(await b.read('greedy', many.slice(1), 1000))
})

t.test('who writes to the store gives nobody a fresh window', async (t) => {
  const a = replica('a')
  const all = Array.from({ length: LIMIT }, (_, n) => `t${n}`)
  t.ok(await a.read('cheat', all.slice(0, 20), 1000))
  const [quota] = (await store.documents.list<Record<string, unknown>>('quota', { limit: 1 })).documents
  const b = replica('b')
  t.ok(await b.read('cheat', ['x'], 1000))
  await store.documents.remove('quota', quota!.id, 'any')
  t.notOk(await b.read('cheat', all.slice(20), 5000), 'a removed one is remembered')
  await store.documents.put('quota', quota!.id, { body: { reserved: {} } }, { expect: 'any', at: quota!.at })
  await t.rejects(replica('c').read('cheat', ['y'], 1000), { code: 'TW_POLICY_QUOTA_UNKNOWN' })
})

t.test('a store that is silent is borne for a minute', async (t) => {
  let silent = false
  const a = replica('a', {
    ...store.documents,
    get: async (kind, id) => {
      if (silent) throw new CodedError('TW_STORE_UNAVAILABLE', { status: 503, message: 'x', hint: 'x' })
      return store.documents.get(kind, id)
    },
  })
  t.ok(await a.read('patient', ['t0'], 100_000))
  silent = true
  for (let n = 1; n < 30; n++) t.ok(await a.read('patient', [`t${n}`], 100_000 + n * 2000))
  await t.rejects(a.read('patient', ['late'], 161_001), { code: 'TW_POLICY_QUOTA_UNKNOWN' })
})
