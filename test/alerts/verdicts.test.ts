import t from 'tap'
import type { Triage } from '../../alerts/port.ts'
import { createFeedback, createRiskWriter, type Finding } from '../../detectors/port.ts'
import { eventually, finding, identityOf, openOffice, runs, writeFinding } from './office.ts'

const close = (verdict: 'benign' | 'true-positive' = 'benign'): Triage => ({
  ...{ to: 'closed', via: 'console', reason: 'a backfill, T-81', verdict },
})
const rules = { half_life: 14 * 86_400_000, points: { low: 5, medium: 15, high: 30, critical: 60 } }
/** Of the security team itself. */
const inside = (id: string, more: Partial<Finding> = {}) =>
  finding(id, { user: { id: 'soc2' }, subject: { kind: 'person', id: 'soc2' }, ...more })

async function office(t: Parameters<typeof openOffice>[0], options = {}) {
  const house = await openOffice(t, { still: true, ...options })
  runs(t, house.alerts)
  const { store, keyRing, clock, alerts } = house
  const risk = createRiskWriter(store, keyRing, clock)
  const tell = async (one: Finding) => {
    const at = new Date(clock.now()).toISOString()
    const fresh = { ...one, '@timestamp': at }
    await writeFinding(store, fresh, one.id)
    await risk.add([fresh], rules, () => 1)
    alerts.wake()
    await eventually(async () => (await alerts.get(one.id))?.revision === one.revision, 'the alert')
  }
  const feedback = createFeedback({ documents: store.documents, keyRing, clock })
  const changes = () => house.events.map(({ event }) => `${event.reason} ${event.outcome}`)
  return { ...house, tell, feedback, risk, changes }
}

t.test('a verdict teaches the detector for a time, settles the risk, and can be taken back', async (t) => {
  const { alerts, tell, feedback, skip, changes } = await office(t)
  const soc1 = identityOf('soc1')
  await tell(finding('a1'))
  t.equal(Math.round((await alerts.risk('ada')).risk), 15)
  await alerts.triage('a1', soc1, close())
  t.match(await alerts.verdicts(), [
    { detector: 'volume-spike', verdict: 'benign', alert: 'a1', by: 'soc1', subject: { id: 'ada' } },
  ])
  const after = await alerts.risk('ada')
  t.equal(after.risk, 0)
  t.match(after.contributions, [
    { id: 'a1', left: 0, cleared: { by: 'soc1', reason: 'benign: a backfill, T-81' } },
  ])

  await t.rejects(alerts.revoke('nothing', soc1, { reason: 'x', via: 'console' }), {
    code: 'TW_VERDICT_UNKNOWN',
  })
  const [verdict] = await alerts.verdicts()
  await alerts.revoke(verdict!.id, soc1, { reason: 'it was not', via: 'console' })
  t.same(await alerts.verdicts(), [])
  t.ok(changes().includes('verdict revoked success'))

  await alerts.triage('a1', soc1, { to: 'open', via: 'console', reason: 'look again' })
  t.equal(Math.round((await alerts.risk('ada')).risk), 15, 'opened again, it counts again')
  await alerts.triage('a1', soc1, { ...close(), days: 3 } as Triage)
  skip(3 * 86_400_000 + 1)
  t.same(await alerts.verdicts(), [], 'it ended')

  await tell(finding('a2', { detector: 'canary', certain: true }))
  await alerts.triage('a2', soc1, close())
  t.same(await feedback.list(), [], 'of a fact nothing is learned')
})

t.test('what hides an alert about one’s own team needs a second person', async (t) => {
  const { alerts, tell, changes } = await office(t)
  const [soc1, soc2, owner] = [identityOf('soc1'), identityOf('soc2'), identityOf('owner1')]
  const admin = { ...owner, person: { ...owner.person, roles: ['admin'] } }
  const robot = identityOf('robot')
  await tell(inside('b1'))
  const proposed = await alerts.triage('b1', soc1, close())
  t.match(proposed, { status: 'open', verdict: 'none', proposal: { by: 'soc1', verdict: 'benign' } })
  t.same(await alerts.verdicts(), [])
  await t.rejects(alerts.confirm('b1', soc1, { via: 'slack' }), { code: 'TW_ALERT_SECOND' })
  await t.rejects(alerts.confirm('b1', soc2, { via: 'slack' }), { code: 'TW_ALERT_OWN' })
  const theirs = { ...robot, person: { ...robot.person, roles: ['soc'] } }
  await t.rejects(
    alerts.confirm('b1', theirs, { via: 'api' }),
    { code: 'TW_ALERT_SECOND' },
    'an account of the first',
  )
  await t.rejects(alerts.confirm('b1', owner, { via: 'slack' }), { code: 'TW_ALERT_ROLE' })

  const declined = await alerts.decline('b1', admin, { reason: 'ask them first', via: 'console' })
  t.notOk(declined.proposal)
  await t.rejects(alerts.confirm('b1', admin, { via: 'console' }), { code: 'TW_ALERT_NOTHING_PROPOSED' })

  await alerts.triage('b1', soc1, close())
  const done = await alerts.confirm('b1', admin, { via: 'console' })
  t.match(done, { status: 'closed', verdict: 'benign', proposal: undefined })
  t.match(await alerts.verdicts(), [{ by: 'soc1', confirmed: 'owner1' }])
  t.match(changes().slice(-2), ['proposed: closed: benign success', 'confirmed: closed: benign success'])

  await tell(inside('b2', { detector: 'salami' }))
  const until = new Date(Date.now() + 7 * 86_400_000).toISOString()
  const asked = await alerts.suppress('b2', soc1, { reason: 'known', until, via: 'console' })
  t.match(asked, { suppression: null, proposal: { what: 'suppress' } })
  t.same(await alerts.suppressions(), [])
  t.match(await alerts.confirm('b2', admin, { via: 'console' }), { suppression: { by: 'soc1' } })

  await t.rejects(alerts.resetRisk('soc2', soc1, { reason: 'fine', via: 'console' }), {
    code: 'TW_RISK_TEAM',
  })
  await alerts.resetRisk('soc2', admin, { reason: 'explained', via: 'console' })
  t.equal((await alerts.risk('soc2')).risk, 0)
})

t.test('a proposal ends where the severity rises, and outlives other steps', async (t) => {
  const { alerts, tell } = await office(t)
  const soc1 = identityOf('soc1')
  await tell(inside('c1'))
  await alerts.triage('c1', soc1, close())
  await alerts.triage('c1', soc1, { to: 'acknowledged', via: 'console' })
  t.ok((await alerts.get('c1'))?.proposal)
  await tell(inside('c1', { revision: 2, summary: 'more' }))
  t.ok((await alerts.get('c1'))?.proposal)
  await tell(inside('c1', { revision: 3, severity: 'critical' }))
  t.notOk((await alerts.get('c1'))?.proposal)
})

t.test('config says when: always, or never', async (t) => {
  const always = await office(t, { alerts: { second_person: 'always' } })
  await always.tell(finding('d1'))
  t.ok((await always.alerts.triage('d1', identityOf('soc1'), close())).proposal)
  const never = await office(t, { alerts: { second_person: 'never' } })
  await never.tell(inside('d2'))
  t.equal((await never.alerts.triage('d2', identityOf('soc1'), close('true-positive'))).status, 'closed')
})
