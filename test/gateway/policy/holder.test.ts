import t from 'tap'
import { openStore } from '../../../collector/port.ts'
import { systemClock } from '../../../core/clock.ts'
import type { EventDraft } from '../../../core/event.ts'
import { createLogger } from '../../../core/log.ts'
import { openKeyRing } from '../../../core/signing.ts'
import { builtinRules as contentRules } from '../../../gateway/masking/compile.ts'
import { createPolicyHolder } from '../../../gateway/policy/holder/holder.ts'
import { configOf, identityOf, inputOf } from './given.ts'

const silent = createLogger('error', { write: () => {} })
const root = t.testdir()
const opened = openStore({ kind: 'embedded' }, { dataDir: root, log: silent, clock: systemClock })
t.teardown(async () => (await opened).close())

const configWith = (limits: object, more: object = {}) =>
  configOf({
    identity: { users: [{ id: 'r1' }, { id: 'r2' }] },
    approvals: { groups: [{ name: 'owners', members: ['r1', 'r2'] }], default_groups: ['owners'] },
    // Policy is the matter here; without content rules masking compiles at once.
    masking: { content: { disable: contentRules.map((rule) => rule.name) } },
    policy: { limits, ...more },
  })

async function openHouse() {
  const { documents } = await opened
  if (await documents.get('policy-version', 'current'))
    await documents.remove('policy-version', 'current', 'any')
  const events: EventDraft[] = []
  const logged: string[] = []
  const keyRing = openKeyRing(`${root}/keys`, 'gateway-1')
  let full = false
  const holder = (limits: object = {}) =>
    createPolicyHolder({
      initial: configWith(limits),
      documents,
      keyRing,
      emit: async (draft) => {
        if (full) throw new Error('spool full')
        events.push(draft)
      },
      log: createLogger('warn', { write: (line) => logged.push(line) }),
      clock: systemClock,
    })
  const fill = (on: boolean) => {
    full = on
  }
  return { holder, documents, events, logged, keyRing, fill }
}

t.test('a change is counted, recorded with its diff, and in force at once', async (t) => {
  const { holder, events } = await openHouse()
  const policy = await holder()
  const before = policy.current()
  t.equal(before.version, 1)
  const { snapshot } = await policy.replace(configWith({ max_traces: 10 }), { via: 'file' })
  t.equal(policy.current(), snapshot)
  t.equal(policy.current().version, 2)
  t.equal(policy.current().decide(inputOf({ response: { traces: 11 } })).code, 'TW_POLICY_TOO_MANY')
  t.match(events, [
    { event: { action: 'policy-change' }, tracewarden: { change: { version: 1 } } },
    {
      event: { action: 'policy-change', outcome: 'success' },
      tracewarden: {
        policy: policy.current().hash,
        change: {
          version: 2,
          from: before.hash,
          diff: [{ path: 'policy.limits.max_traces', from: '500', to: '10' }],
        },
      },
    },
  ])
})

t.test('an invalid config changes nothing and says so loudly', async (t) => {
  const { holder, events, logged } = await openHouse()
  const policy = await holder()
  const before = policy.current()
  const bad = configWith({}, { rules: [{ name: 'r', when: 'request.nope', effect: 'block' }] })
  const { problems } = await policy.replace(bad, { via: 'file' })
  t.match(problems, [{ path: ['policy', 'rules', 0, 'when'] }])
  t.equal(policy.current(), before)
  t.match(logged.at(-1), /policy not changed/)
  t.equal(events.length, 1)
})

t.test('the same config again is no change', async (t) => {
  const { holder, events } = await openHouse()
  const policy = await holder()
  t.equal((await policy.replace(configWith({}), { via: 'file' })).snapshot?.version, 1)
  t.equal(events.length, 1)
})

t.test('a restart goes on counting, and a change made meanwhile is recorded', async (t) => {
  const { holder, events } = await openHouse()
  await holder()
  t.equal((await holder()).current().version, 1)
  t.equal((await holder({ window_block: 7 })).current().version, 2)
  t.match(events.at(-1), {
    tracewarden: { change: { diff: [{ path: 'policy.limits.window_block', to: '7' }] } },
  })
  t.equal(events.length, 2)
})

t.test('a change by a person is judged by the policy that it replaces', async (t) => {
  const { holder, events } = await openHouse()
  const policy = await holder()
  const open = configWith({}, { admins: ['ml-engineer'] })
  const { problems } = await policy.replace(open, { via: 'console', by: identityOf('u1') })
  t.match(problems, [{ path: ['policy', 'admins'] }])
  t.match(events.at(-1), { user: { id: 'u1' }, event: { action: 'policy-tamper', outcome: 'failure' } })
  t.match(await policy.replace(open, { via: 'api' }), { problems: [{ message: /nobody/ }] })
  const admin = identityOf('boss', { roles: ['admin'] })
  t.match(await policy.replace(open, { via: 'console', by: admin }), { snapshot: { version: 2 } })
  t.match(events.at(-1), { user: { id: 'boss' }, event: { action: 'policy-change' } })
  t.match(await policy.replace(configWith({}), { via: 'console', by: admin }), {
    problems: [{ path: ['policy', 'admins'] }],
  })
})

t.test('a replica that is behind refuses everything until its config follows', async (t) => {
  const { holder, events } = await openHouse()
  const [a, b] = [await holder(), await holder()]
  const next = configWith({ max_traces: 9 })
  await a.replace(next, { via: 'file' })
  t.equal(b.current().decide(inputOf()).verdict, 'allow', 'not noticed yet')
  await b.refresh()
  t.match(b.current().decide(inputOf()), { verdict: 'block', code: 'TW_POLICY_STALE' })
  t.match(await b.replace(next, { via: 'file' }), { snapshot: { version: 2 } })
  t.equal(b.current().decide(inputOf()).verdict, 'allow')
  t.equal(events.filter((e) => e.event.action === 'policy-change').length, 2, 'one change, one event')
})

t.test(
  'two replicas that change at once make two versions or one refusal, never one version twice',
  async (t) => {
    const { holder } = await openHouse()
    const [a, b] = [await holder(), await holder()]
    await Promise.all([
      a.replace(configWith({ max_traces: 2 }), { via: 'file' }),
      b.replace(configWith({ max_traces: 3 }), { via: 'file' }),
    ])
    await Promise.all([a.refresh(), b.refresh()])
    const [x, y] = [a.current(), b.current()]
    const refuses = [x, y].filter((s) => s.decide(inputOf()).code === 'TW_POLICY_STALE')
    t.equal(refuses.length, 1)
  },
)

t.test('an older or forged version in the store is refused, loudly', async (t) => {
  const { holder, documents, keyRing, logged } = await openHouse()
  const policy = await holder()
  const old = await documents.get<object>('policy-version', 'current')
  await policy.replace(configWith({ max_traces: 9 }), { via: 'file' })
  const put = (body: object) =>
    documents.put('policy-version', 'current', body, { expect: 'any', at: old!.at })
  await put(old!.body)
  t.match(await policy.replace(configWith({}), { via: 'file' }), {
    problems: [{ message: /goes back from 2/ }],
  })
  await policy.refresh()
  t.match(logged.at(-1), /TW_POLICY_VERSION_FORGED|could not be read/)
  await put({ ...keyRing.sign('policy-version', 'other', { version: 99 }) })
  await t.rejects(holder(), { code: 'TW_POLICY_VERSION_FORGED' })
  t.equal(policy.current().version, 2)
  t.equal(policy.current().config.policy.limits.max_traces, 9)
})

t.test('a change that could not be recorded is not in force, and is recorded when it is', async (t) => {
  const { holder, events, fill } = await openHouse()
  const policy = await holder()
  const next = configWith({ max_traces: 9 })
  fill(true)
  await t.rejects(policy.replace(next, { via: 'file' }), /spool full/)
  t.equal(policy.current().config.policy.limits.max_traces, 500)
  fill(false)
  await policy.replace(next, { via: 'file' })
  t.equal(policy.current().config.policy.limits.max_traces, 9)
  t.match(events.at(-1), {
    tracewarden: { change: { version: 2, diff: [{ path: 'policy.limits.max_traces' }] } },
  })
})

t.test('which traces are decoys is not published, and that they changed is', async (t) => {
  const { holder, documents, events } = await openHouse()
  const policy = await holder()
  const decoys = (id: string) => configWith({}, { canaries: [{ name: 'payroll', traces: [id] }] })
  await policy.replace(decoys('tr-decoy-1'), { via: 'file' })
  await policy.replace(decoys('tr-decoy-2'), { via: 'file' })
  t.equal(policy.current().version, 3)
  const shown = JSON.stringify([events, await documents.get('policy-version', 'current')])
  t.match(shown, /policy\.canaries/)
  t.notMatch(shown, /tr-decoy/)
})
