import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { erasePersonal } from '../../collector/audit/chain.ts'
import {
  applyRetention,
  openCheckpoints,
  openStore,
  readCheckpoints,
  startCheckpoints,
  storedEvents,
  verifyChains,
} from '../../collector/port.ts'
import { systemClock } from '../../core/clock.ts'
import type { SessionEvent } from '../../core/event.ts'
import { openMasterKey } from '../../core/secrets.ts'
import { openKeyRing } from '../../core/signing.ts'
import { draft, log, spoolIn } from './support.ts'

/** Five events of a gateway, its checkpoints, and what verifies them. */
async function recorded(t: Test) {
  const directory = t.testdir()
  const keys = openKeyRing(join(directory, 'keys'), 'gateway')
  const spool = await spoolIn(directory)
  const chain = spool.backlog().chain
  const file = join(directory, 'checkpoints.ndjson')
  const checkpoints = await openCheckpoints(file, keys)
  const appended = await spool.append([1, 2, 3, 4, 5].map((n) => draft(`${n}`)))
  const events = appended.map(({ event }) => event)
  const store = { aggregate: async () => [] }
  const checkpointer = startCheckpoints({
    spool,
    store,
    file: checkpoints,
    gateway: 'gw',
    clock: systemClock,
    log,
  })
  await checkpointer.now()
  await checkpointer.stop()
  await new Promise((resolve) => setImmediate(resolve))
  const { events: all } = await waiting(spool)
  await spool.close()
  const master = openMasterKey(join(directory, 'keys'))
  return {
    file,
    keys,
    chain,
    checkpoints,
    all: [...events, ...all.slice(5)],
    verify: async (given: SessionEvent[], also: SessionEvent[] = []) =>
      verifyChains([each(given), each(also)], {
        master,
        checkpoints: (await readCheckpoints(file, keys)).checkpoints,
      }),
  }
}

async function waiting(spool: Awaited<ReturnType<typeof spoolIn>>) {
  for (;;) {
    const pending = await spool.pending(100)
    if (pending.events.length === 7) return pending
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

async function* each(events: SessionEvent[]) {
  yield* events
}

t.test(
  'an honest chain verifies, also where a person was erased or part still waits in the spool',
  async (t) => {
    const { all, verify, chain } = await recorded(t)
    t.same(await verify(all), { ok: true, problems: [], chains: [{ chain, from: 1, to: 7, records: 7 }] })
    t.ok((await verify(all.map(erasePersonal))).ok)
    t.ok((await verify(all.slice(0, 4), all.slice(2))).ok)
  },
)

t.test('each kind of tampering is named at its first record', async (t) => {
  const { all, verify } = await recorded(t)
  const first = async (events: SessionEvent[]) => {
    const { ok, problems } = await verify(events)
    t.equal(ok, false)
    return problems[0]
  }
  const changed = (i: number, change: (event: SessionEvent) => SessionEvent) =>
    all.map((event, n) => (n === i ? change(event) : event))
  t.match(await first(all.filter((_, i) => i !== 2)), { kind: 'missing', sequence: 3 })
  t.match(await first(all.slice(1)), { kind: 'missing', sequence: 1 })
  t.match(await first(changed(2, (event) => ({ ...event, zone: 'x' }))), { kind: 'altered', sequence: 3 })
  t.match(await first([all[0]!, all[2]!, all[1]!, ...all.slice(3)]), { kind: 'missing', sequence: 2 })
  t.match((await verify([all[0]!, all[2]!, all[1]!])).problems[1], { kind: 'out-of-order', sequence: 2 })
  t.match(await first([all[0]!, ...all]), { kind: 'doubled', sequence: 1 })
  t.match(await first(all.slice(0, 4)), { kind: 'cut-tail', sequence: 5 })
  t.match(await first([]), { kind: 'gone' })
})

t.test('a chain written anew by someone without the master key does not pass', async (t) => {
  const { all } = await recorded(t)
  const master = openMasterKey(join(t.testdirName, 'another'))
  t.match((await verifyChains([each(all)], { master })).problems[0], { kind: 'forged-id', sequence: 1 })
})

t.test('checkpoints are signed and linked', async (t) => {
  const { file, keys } = await recorded(t)
  const { checkpoints, problems } = await readCheckpoints(file, keys)
  t.same(problems, [])
  t.match(checkpoints, [
    { kind: 'head', sequence: 6 },
    { kind: 'head', sequence: 7 },
  ])
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  writeFileSync(file, `${lines[1]}\n`)
  t.match((await readCheckpoints(file, keys)).problems, [{ line: 1, problem: /missing/ }])
  writeFileSync(file, `${lines[0]!.replace('"sequence":6', '"sequence":5')}\nnonsense\n`)
  t.equal((await readCheckpoints(file, keys)).problems.length, 2)
  const strange = openKeyRing(join(t.testdirName, 'strange'), 'stranger')
  writeFileSync(file, lines.join('\n'))
  t.same((await readCheckpoints(file, strange)).checkpoints, [])
})

t.test('what retention dropped is not missing, what someone else dropped is', async (t) => {
  const directory = t.testdir()
  const keys = openKeyRing(join(directory, 'keys'), 'gateway')
  const master = openMasterKey(join(directory, 'keys'))
  const store = await openStore(
    { kind: 'embedded', file: ':memory:' },
    { dataDir: directory, log, clock: systemClock },
  )
  const spool = await spoolIn(directory)
  const appended = await spool.append([
    { ...draft('old'), '@timestamp': '2020-01-31T00:00:00.000Z' },
    { ...draft('old'), '@timestamp': '2020-02-01T00:00:00.000Z' },
    draft('new'),
    draft('newer'),
  ])
  const events = appended.map(({ event }) => event)
  await store.append(events)
  await spool.close()
  const file = join(directory, 'checkpoints.ndjson')
  const checkpoints = await openCheckpoints(file, keys)
  const verify = async () =>
    verifyChains([storedEvents(store)], {
      master,
      checkpoints: (await readCheckpoints(file, keys)).checkpoints,
    })
  t.ok((await verify()).ok)
  t.same(await applyRetention({ store, checkpoints, clock: systemClock, age: 365 * 86_400e3 }), [
    '2020-01',
    '2020-02',
  ])
  t.match(await verify(), { ok: true, chains: [{ from: 3, to: 4 }] })
  t.match(
    (await verifyChains([each(events.slice(2))], { master })).problems,
    [{ kind: 'missing', sequence: 1 }],
    'without that record it would be',
  )
  await store.close()
})
