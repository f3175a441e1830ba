import t from 'tap'
import { byPerson, type DigestPlan, dueDigests } from '../../alerts/lifecycle/digest.ts'
import { digestMessage } from '../../alerts/slack/digest-message.ts'
import type { Finding } from '../../detectors/port.ts'
import { eventually, finding, identityOf, openOffice, writeFinding } from './office.ts'
import { openWorkspace, start } from './workspace.ts'

const due = (plan: DigestPlan, now: number) => dueDigests(plan, now).at(-1)
const over = { to: 'digest', by: 'budget', because: 'this week 6 people are already the matter' } as const
const waiting = (id: string, user: string, more: Partial<Finding> = {}) =>
  finding(id, { user: { id: user }, subject: { kind: 'person', id: user }, notice: over, ...more })

t.test('a digest falls due at its hour, in its zone, over the change of the clocks', async (t) => {
  const plan = { every: 'day', at: '08:00', timezone: 'Europe/Berlin' } as const
  const at = (time: string) => Date.parse(time)
  t.match(due(plan, at('2026-11-20T07:00:00Z')), { id: '2026-11-20T07:00:00.000Z' })
  t.match(due(plan, at('2026-11-20T06:59:59Z')), {
    from: '2026-11-18T07:00:00.000Z',
    to: '2026-11-19T07:00:00.000Z',
  })
  t.match(
    due(plan, at('2026-10-25T12:00:00Z')),
    { from: '2026-10-24T06:00:00.000Z', to: '2026-10-25T07:00:00.000Z' },
    'that day has 25 hours',
  )
  t.match(due({ ...plan, every: 'week' }, at('2026-11-20T12:00:00Z')), {
    from: '2026-11-09T07:00:00.000Z',
    to: '2026-11-16T07:00:00.000Z',
  })
  t.equal(due({ ...plan, every: 'never' }, at('2026-11-20T12:00:00Z')), undefined)
})

t.test('what waits tells nobody by itself, and the digest once, by person, the gravest first', async (t) => {
  const office = await openOffice(t, { still: true })
  const workspace = await openWorkspace(t, { office })
  const { store, alerts, routes, standIn, clock, skip } = workspace
  await start(t, workspace)
  const told = () => standIn.workspace.messages
  const stamp = () => ({ '@timestamp': new Date(clock.now()).toISOString() })
  await writeFinding(store, waiting('d1', 'ada', stamp()), 'd1')
  await writeFinding(store, waiting('d2', 'owner1', { severity: 'high', ...stamp() }), 'd2')
  await writeFinding(store, waiting('d3', 'ada', { detector: 'salami', ...stamp() }), 'd3')
  await writeFinding(store, waiting('d4', 'owner2', stamp()), 'd4')
  await writeFinding(store, finding('s1', { ...stamp(), notice: { ...over, to: 'shadow' } }), 's1')
  await eventually(async () => (await alerts.list({ notice: 'all', limit: 9 })).alerts.length === 5, 'five')
  t.same((await alerts.list({ limit: 9 })).alerts, [], 'the list of alerts is of those told')
  t.equal((await alerts.counts()).digest, 4)
  await alerts.triage('d4', identityOf('soc1'), { to: 'closed', verdict: 'benign', reason: 'x', via: 'api' })
  routes.wake()
  t.equal(told().length, 0)
  skip(2 * 86_400_000)
  routes.wake()
  const [message] = await eventually(() => {
    const said = told()
    return said.length > 0 && said
  }, 'the digest')
  t.match(message!.text, 'Digest: 3 matters about 2 people')
  const words = JSON.stringify(message!.blocks)
  t.ok(words.indexOf('owner1') < words.indexOf('ada'), 'the gravest first')
  t.notMatch(words, 'owner2', 'what is closed needs no telling')
  t.match(words, '3 beyond the week’s budget')
  skip(3600e3)
  routes.wake()
  await eventually(async () => (await routes.status()).pending === 0, 'nothing more is due')
  t.equal(told().length, 1)

  await writeFinding(store, finding('d1', { ...stamp(), revision: 2, severity: 'critical' }), 'd1')
  alerts.wake()
  await eventually(() => told().length === 2, 'risen, it alerts')
  t.match(
    (await alerts.get('d1'))?.history.map(({ change }) => change),
    ['opened', 'kept for the digest', 'told'],
  )
})

t.test('a digest of very many is still one message that Slack takes', async (t) => {
  const office = await openOffice(t)
  const people = Array.from({ length: 60 }, (_, i) =>
    waiting(`m${i}`, `user-${i}`, { summary: 'x'.repeat(900) }),
  )
  for (const one of people) await writeFinding(office.store, one, one.id)
  const stop = new AbortController()
  const running = office.alerts.run(stop.signal)
  await eventually(async () => (await office.alerts.counts()).digest === 60, 'all')
  stop.abort()
  await running
  const { alerts } = await office.alerts.list({ notice: 'digest', limit: 100 })
  t.equal(byPerson(alerts).length, 60)
  const slot = { id: 'x', from: '2026-02-11T08:00:00.000Z', to: '2026-02-12T08:00:00.000Z' }
  const { blocks } = digestMessage(
    { slot, alerts, more: true },
    { console: 'https://tw.example', name: () => undefined },
  )
  t.ok(blocks.length <= 50)
  t.ok(JSON.stringify(blocks).length < 13_000)
  t.match(JSON.stringify(blocks), 'also 48 more people')
})
