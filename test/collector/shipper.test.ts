import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { collectorErrors, createShipper, openStore, type Store } from '../../collector/port.ts'
import { systemClock } from '../../core/clock.ts'
import { CodedError } from '../../core/errors.ts'
import { systemRandom } from '../../core/random.ts'
import { draft, log, spoolIn, until } from './support.ts'

const unavailable = () =>
  new CodedError('TW_STORE_UNAVAILABLE', collectorErrors.TW_STORE_UNAVAILABLE, { reason: 'down' })

async function parts(t: Test, wrap: (store: Store) => Pick<Store, 'append'> = (store) => store) {
  const directory = t.testdir()
  const store = await openStore(
    { kind: 'embedded', file: ':memory:' },
    { dataDir: directory, log, clock: systemClock },
  )
  const spool = await spoolIn(directory, { interval: '5ms' })
  const deadLetter = join(directory, 'dead.ndjson')
  const shipper = createShipper({
    spool,
    store: wrap(store),
    deadLetter,
    clock: systemClock,
    random: systemRandom,
    log,
    patience: 20,
  })
  t.teardown(async () => {
    await shipper.stop(0)
    await spool.close()
    await store.close()
  })
  return {
    directory,
    store,
    spool,
    shipper,
    letters: () =>
      readFileSync(deadLetter, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
  }
}

const total = async (store: Store) => (await store.search({ limit: 1 })).total

t.test('what is appended is soon in the store, with the time of its arrival', async (t) => {
  const { store, spool, shipper } = await parts(t)
  shipper.start()
  const event = (await spool.append([draft('1')]))[0]?.event
  await until(async () => (await total(store)) === 1)
  const [stored] = (await store.read({}, 1)).events
  t.match(stored?.event.ingested, /^\d{4}-.*Z$/)
  t.same(
    { ...stored, event: { ...stored?.event, ingested: undefined } },
    { ...event, event: { ...event?.event, ingested: undefined } },
  )
  await until(() => spool.backlog().bytes === 0)
})

t.test('a store that is down for a while loses nothing and doubles nothing', async (t) => {
  let down = true
  let attempts = 0
  let answerLost = true
  const { store, spool, shipper } = await parts(t, (store) => ({
    async append(events) {
      attempts++
      if (down) throw unavailable()
      const results = await store.append(events)
      if (answerLost) {
        answerLost = false
        throw unavailable()
      }
      return results
    },
  }))
  shipper.start()
  for (let i = 0; i < 30; i++) await spool.append([draft(`${i}`)])
  await until(() => attempts > 3)
  t.match(shipper.stuck(), { reason: /down/, since: Number })
  t.ok(spool.backlog().bytes > 0)
  down = false
  t.equal(await shipper.stop(120_000), true)
  t.equal(shipper.stuck(), undefined)
  t.equal(await total(store), 30)
  t.same(
    (await store.read({}, 100)).events.map((event) => event.event.sequence),
    Array.from({ length: 30 }, (_, i) => i + 1),
  )
})

t.test('an event that the store refuses is set aside with its reason, and the rest is stored', async (t) => {
  const { store, spool, shipper, letters } = await parts(t, (store) => ({
    async append(events) {
      const bad = events.findIndex((event) => event.event.reason === 'bad')
      const results = await store.append(events.filter((_, i) => i !== bad))
      if (bad >= 0) results.splice(bad, 0, { status: 'rejected', reason: 'mapping' })
      return results
    },
  }))
  shipper.start()
  await spool.append([draft('1'), draft('bad'), draft('2')])
  t.equal(await shipper.stop(120_000), true)
  t.equal(await total(store), 2)
  t.match(letters(), [
    { status: 'rejected', reason: 'mapping', event: { event: { reason: 'bad', id: String } } },
  ])
})

t.test('a batch that is refused as a whole is halved down to the one at fault', async (t) => {
  const { store, spool, shipper, letters } = await parts(t, (store) => ({
    async append(events) {
      if (events.some((event) => event.event.reason === 'poison'))
        throw new CodedError('TW_STORE_INVALID', collectorErrors.TW_STORE_INVALID, { reason: 'too large' })
      return store.append(events)
    },
  }))
  shipper.start()
  await spool.append(Array.from({ length: 9 }, (_, i) => draft(i === 4 ? 'poison' : `${i}`)))
  t.equal(await shipper.stop(120_000), true)
  t.equal(await total(store), 8)
  t.equal(letters().length, 1)
})

t.test('an id that someone took first is tampering: loud, set aside, and the first stays', async (t) => {
  const { store, spool, shipper, letters } = await parts(t)
  const event = (await spool.append([draft('true')]))[0]?.event
  await store.append([{ ...event!, event: { ...event!.event, reason: 'forged' } }])
  shipper.start()
  t.equal(await shipper.stop(120_000), true)
  t.match(letters(), [{ status: 'tampered', event: { event: { reason: 'true' } } }])
  t.equal(await total(store), 1)
})

t.test('stop gives up at its deadline, and what waits stays in the spool', async (t) => {
  const { spool, shipper } = await parts(t, () => ({
    append: () => Promise.reject(unavailable()),
  }))
  shipper.start()
  await spool.append([draft('1')])
  t.equal(await shipper.stop(50), false)
  t.ok(spool.backlog().bytes > 0)
})

t.test('a shipper killed at any moment loses and doubles nothing', async (t) => {
  const directory = t.testdir()
  const run = async (kill: boolean) => {
    const child = spawn(
      process.execPath,
      ['--import=tsx', join(import.meta.dirname, 'shipper-child.ts'), directory],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: { PATH: process.env.PATH },
      },
    )
    let said = 0
    child.stdout.on('data', (data: Buffer) => {
      said += data.toString().split('\n').length - 1
      if (kill && said > 200) child.kill('SIGKILL')
    })
    await new Promise((resolve) => child.once('exit', resolve))
  }
  await run(true)
  await run(true)
  const store = await openStore({ kind: 'embedded' }, { dataDir: directory, log, clock: systemClock })
  const spool = await spoolIn(directory)
  const last = spool.backlog().sequence
  const shipper = createShipper({
    spool,
    store,
    deadLetter: join(directory, 'dead.ndjson'),
    clock: systemClock,
    random: systemRandom,
    log,
  })
  shipper.start()
  t.equal(await shipper.stop(120_000), true)
  t.ok(last > 400)
  t.equal(await total(store), last)
  t.throws(() => readFileSync(join(directory, 'dead.ndjson')), { code: 'ENOENT' })
  await spool.close()
  await store.close()
})
