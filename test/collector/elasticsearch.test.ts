import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createShipper, openStore, storedEvents, verifyChains } from '../../collector/port.ts'
import { systemClock } from '../../core/clock.ts'
import { systemRandom } from '../../core/random.ts'
import { openMasterKey } from '../../core/secrets.ts'
import { HOW, startElasticsearch } from '../support/elasticsearch.ts'
import { sample } from './samples.ts'
import { storeContract } from './store-contract.ts'
import { draft, log, spoolIn } from './support.ts'

// Starting takes 16 to 60 s, more on a busy machine.
t.setTimeout(600_000)
const elasticsearch = await startElasticsearch()
if (!elasticsearch) {
  const line = `NOT RUN elasticsearch: ${HOW}`
  process.stdout.write(`${line}\n`)
  if (process.env.CI === 'true') t.fail(line)
  else t.pass(line)
} else {
  const { url, stop } = elasticsearch
  t.teardown(stop)
  let count = 0
  const run = `tw-${Date.now().toString(36)}`
  const open = (dataDir: string, prefix = `${run}-${count++}`) =>
    openStore({ kind: 'elasticsearch', url, prefix, replicas: 0 }, { dataDir, log, clock: systemClock })

  t.test('the contract, on Elasticsearch', async (t) => {
    storeContract(t, (t) => open(t.testdirName))
  })

  t.test(
    'an event that the mapping refuses is reported, kept whole under its id, and read like any other',
    async (t) => {
      const store = await open(t.testdirName)
      const unfit = sample(2, { bytes: 1e19 })
      t.match(await store.append([sample(1), unfit, sample(3)]), [
        { status: 'created' },
        { status: 'rejected', reason: /parsing|long/ },
        { status: 'created' },
      ])
      t.same((await store.read({}, 10)).events, [sample(1), unfit, sample(3)])
      t.match(await store.append([unfit, sample(2)]), [{ status: 'duplicate' }, { status: 'tampered' }])
      await store.close()
    },
  )

  t.test('long values, odd addresses and foreign fields are no reason to refuse an event', async (t) => {
    const store = await open(t.testdirName)
    const event = {
      ...sample(1, { shape: 'ü'.repeat(30_000), ip: 'unknown' }),
      user_agent: { original: 'x'.repeat(60_000) },
      odd: [{ a: 1 }, 'b'],
    }
    t.same(await store.append([event]), [{ status: 'created' }])
    t.same((await store.read({}, 10)).events, [event])
    await store.close()
  })

  t.test('the spool is shipped to it, one refused event and all, and the chain verifies', async (t) => {
    const directory = t.testdir()
    const store = await open(directory)
    const spool = await spoolIn(directory)
    const deadLetter = join(directory, 'dead.ndjson')
    const deps = { spool, store, deadLetter, clock: systemClock, random: systemRandom, log }
    const shipper = createShipper(deps)
    shipper.start()
    const refused = draft('refused')
    refused.tracewarden.bytes = 1e19
    for (let i = 0; i < 20; i++)
      await spool.append([
        ...Array.from({ length: 100 }, (_, n) => draft(`${i}.${n}`)),
        ...(i === 7 ? [refused] : []),
      ])
    t.equal(await shipper.stop(60_000), true)
    t.equal((await store.search({ limit: 1 })).total, 2001)
    t.match(JSON.parse(readFileSync(deadLetter, 'utf8')), {
      status: 'rejected',
      event: { event: { reason: 'refused' } },
    })
    const master = openMasterKey(join(directory, 'keys'))
    t.match(await verifyChains([storedEvents(store)], { master }), {
      ok: true,
      chains: [{ from: 1, to: 2001 }],
    })
    await spool.close()
    await store.close()
  })

  t.test('a server that is not there, or does not know the user, has its own errors', async (t) => {
    const deps = { dataDir: t.testdirName, log, clock: systemClock }
    const nowhere = { kind: 'elasticsearch', url: 'http://127.0.0.1:9', prefix: 'x', replicas: 0 } as const
    await t.rejects(openStore(nowhere, deps), { code: 'TW_STORE_UNAVAILABLE', status: 503 })
  })
}
