import t from 'tap'
import { eventually, finding, identityOf, later, openOffice, runs, writeFinding } from './office.ts'

const soc1 = identityOf('soc1')
const soc2 = identityOf('soc2')
const via = 'console' as const

t.test(
  'a finding becomes an alert, and its later revisions update the evidence and keep the status',
  async (t) => {
    const { store, alerts } = await openOffice(t)
    runs(t, alerts)
    await writeFinding(store, finding('a1'), 'a1')
    const alert = await eventually(() => alerts.get('a1'), 'the alert')
    t.match(alert, { status: 'open', verdict: 'none', severity: 'medium', suppression: null })
    t.match(alert.history, [{ by: 'system', change: 'opened' }])
    await alerts.triage('a1', soc1, { to: 'acknowledged', via })
    await writeFinding(store, finding('a1', { revision: 2, summary: '500 traces' }), 'a1')
    const revised = await eventually(async () => {
      const now = await alerts.get('a1')
      return now?.revision === 2 && now
    }, 'the revision')
    t.match(revised, { status: 'acknowledged', assignee: 'soc1', summary: '500 traces' })
    await eventually(async () => {
      const { documents } = await store.documents.list('finding', { keys: { state: 'taken' }, limit: 9 })
      return documents.length === 1
    }, 'the finding is marked as taken')
  },
)

t.test(
  'a closed alert opens again only if the severity rises, and severity never falls by itself',
  async (t) => {
    const { store, alerts } = await openOffice(t)
    runs(t, alerts)
    const revise = async (revision: number, severity: 'low' | 'medium' | 'high') => {
      await writeFinding(store, finding('a1', { revision, severity }), 'a1')
      return eventually(async () => {
        const now = await alerts.get('a1')
        return now?.revision === revision && now
      }, `revision ${revision}`)
    }
    await revise(1, 'medium')
    await alerts.triage('a1', soc1, { to: 'closed', verdict: 'benign', reason: 'a backfill', via })
    t.match(await revise(2, 'medium'), { status: 'closed', verdict: 'benign' })
    t.match(await revise(3, 'high'), { status: 'open', verdict: 'none', severity: 'high' })
    t.match(await revise(4, 'low'), { status: 'open', severity: 'high' })
    const { history } = (await alerts.get('a1'))!
    t.same(
      history.map(({ change }) => change),
      ['opened', 'closed: benign', 'severity medium → high', 're-opened'],
    )
  },
)

t.test('each step goes forward, leaves who, via, when and why, and a triage event', async (t) => {
  const { store, alerts, events } = await openOffice(t)
  runs(t, alerts)
  await writeFinding(store, finding('a1'), 'a1')
  await eventually(() => alerts.get('a1'), 'the alert')
  await alerts.triage('a1', soc1, { to: 'investigating', via: 'slack' })
  await t.rejects(alerts.triage('a1', soc1, { to: 'acknowledged', via }), { code: 'TW_ALERT_TRANSITION' })
  await t.rejects(alerts.triage('a1', soc1, { to: 'closed', verdict: 'benign', via }), {
    code: 'TW_ALERT_REASON',
  })
  const closed = await alerts.triage('a1', soc2, {
    to: 'closed',
    verdict: 'true-positive',
    reason: 'copied a customer',
    via: 'api',
  })
  t.match(closed, { status: 'closed', verdict: 'true-positive', assignee: 'soc1' })
  t.match(closed.history.at(-1), { by: 'soc2', via: 'api', reason: 'copied a customer' })
  await t.rejects(alerts.triage('a1', soc1, { to: 'open', via }), { code: 'TW_ALERT_REASON' })
  t.match(await alerts.triage('a1', soc1, { to: 'open', reason: 'more came up', via }), {
    status: 'open',
    verdict: 'none',
  })
  t.same(
    events.map(({ event, user }) => [event.action, event.outcome, user?.id, event.reason]),
    [
      ['alert-triage', 'success', 'soc1', 'investigating'],
      ['alert-triage', 'failure', 'soc1', 'TW_ALERT_TRANSITION'],
      ['alert-triage', 'failure', 'soc1', 'TW_ALERT_REASON'],
      ['alert-triage', 'success', 'soc2', 'closed: true-positive'],
      ['alert-triage', 'failure', 'soc1', 'TW_ALERT_REASON'],
      ['alert-triage', 'success', 'soc1', 'open'],
    ],
  )
})

t.test('of many clicks at once one moves the alert and the others are told so', async (t) => {
  const { store, alerts, events } = await openOffice(t)
  runs(t, alerts)
  await writeFinding(store, finding('a1'), 'a1')
  await eventually(() => alerts.get('a1'), 'the alert')
  const clicks = await Promise.allSettled(
    [soc1, soc2, soc1, soc2].map((by) => alerts.triage('a1', by, { to: 'acknowledged', via: 'slack' })),
  )
  t.equal(clicks.filter(({ status }) => status === 'fulfilled').length, 1)
  for (const click of clicks)
    if (click.status === 'rejected') t.equal(click.reason.code, 'TW_ALERT_TRANSITION')
  t.equal((await alerts.get('a1'))!.history.length, 2)
  t.equal(events.filter(({ event }) => event.outcome === 'success').length, 1)
})

t.test(
  'nobody triages an alert about themselves, about their service account, or without the role',
  async (t) => {
    const { store, alerts, events } = await openOffice(t)
    runs(t, alerts)
    const about = (id: string) => ({ user: { id }, subject: { kind: 'person' as const, id } })
    await writeFinding(store, finding('own', about('soc1')), 'own')
    await writeFinding(store, finding('bot', about('robot')), 'bot')
    await eventually(async () => (await alerts.get('own')) && (await alerts.get('bot')), 'the alerts')
    for (const id of ['own', 'bot']) {
      await t.rejects(alerts.triage(id, soc1, { to: 'acknowledged', via }), { code: 'TW_ALERT_OWN' })
      await t.rejects(alerts.suppress(id, soc1, { reason: 'mine', until: later(3600e3), via }), {
        code: 'TW_ALERT_OWN',
      })
    }
    await t.rejects(alerts.triage('own', identityOf('ada'), { to: 'acknowledged', via }), {
      code: 'TW_ALERT_ROLE',
    })
    await t.rejects(alerts.triage('none', soc1, { to: 'acknowledged', via }), { code: 'TW_ALERT_UNKNOWN' })
    t.match(await alerts.triage('own', soc2, { to: 'acknowledged', via }), { assignee: 'soc2' })
    t.equal(events.filter(({ event }) => event.outcome === 'failure').length, 5)
  },
)

t.test('a suppression keeps quiet up to its severity and until it ends, and never for facts', async (t) => {
  const { store, alerts, skip } = await openOffice(t)
  runs(t, alerts)
  await writeFinding(store, finding('a1'), 'a1')
  await writeFinding(store, finding('c1', { detector: 'canary' }), 'c1')
  await eventually(async () => (await alerts.get('a1')) && (await alerts.get('c1')), 'the alerts')
  const quiet = { reason: 'a migration', until: later(3600e3), via }
  await t.rejects(alerts.suppress('c1', soc1, quiet), { code: 'TW_SUPPRESSION_DETERMINISTIC' })
  await t.rejects(alerts.suppress('a1', soc1, { ...quiet, until: later(100 * 86400e3) }), {
    code: 'TW_SUPPRESSION_PERIOD',
  })
  await alerts.suppress('a1', soc1, quiet)
  t.match(await alerts.get('a1'), { suppression: { by: 'soc1', reason: 'a migration' } })
  await writeFinding(store, finding('a2'), 'a2')
  await writeFinding(store, finding('a3', { severity: 'high' }), 'a3')
  const [a2, a3] = await eventually(async () => {
    const both = [await alerts.get('a2'), await alerts.get('a3')] as const
    return both[0] && both[1] && ([both[0], both[1]] as const)
  }, 'two more alerts')
  t.ok(a2.suppression, 'the same matter another day is quiet')
  t.equal(a3.suppression, null, 'a higher severity is told')
  await writeFinding(store, finding('a2', { revision: 2, severity: 'critical' }), 'a2')
  await eventually(async () => (await alerts.get('a2'))?.suppression === null, 'the rise ends the quiet')

  const mine = { detector: 'sigma-late-export', certain: true }
  await writeFinding(store, finding('s1', mine), 's1')
  await eventually(() => alerts.get('s1'), 'the alert of a rule of one’s own')
  await alerts.suppress('s1', soc1, quiet)
  await writeFinding(store, finding('s2', mine), 's2')
  await writeFinding(store, finding('s3', { ...mine, detector: 'sigma-other' }), 's3')
  const [s2, s3] = await eventually(async () => {
    const both = [await alerts.get('s2'), await alerts.get('s3')] as const
    return both[0] && both[1] && ([both[0], both[1]] as const)
  }, 'two more of such')
  t.ok(s2.suppression, 'states a fact, but one that somebody wrote down: it can be kept quiet')
  t.equal(s3.suppression, null, 'another rule is told')
  skip(3700e3)
  await eventually(async () => (await alerts.get('a1'))?.suppression === null, 'the end of the suppression')
  t.same(await alerts.suppressions(), [])
})

t.test('a suppression written into the store by hand hides nothing', async (t) => {
  const { store, alerts } = await openOffice(t)
  await writeFinding(store, finding('a1'), 'a1')
  const stop = runs(t, alerts)
  const alert = await eventually(() => alerts.get('a1'), 'the alert')
  await stop()
  const forged = { ...alert, suppression: { by: 'nobody', reason: 'x', until: later(86400e3) } }
  await store.documents.put('alert', 'a1', forged, {
    expect: 'any',
    keys: { status: 'open', suppressed: 'yes', notify: 'no' },
    at: alert['@timestamp'],
  })
  const { alerts: again } = await openOffice(t, { store })
  runs(t, again)
  await eventually(async () => (await again.get('a1'))?.suppression === null, 'the forged suppression ends')
})

t.test('lists filter, search and page, and counts leave out what is closed', async (t) => {
  const { store, alerts } = await openOffice(t)
  runs(t, alerts)
  for (let i = 0; i < 12; i++) {
    const minute = String(i).padStart(2, '0')
    await writeFinding(
      store,
      finding(`a${i}`, {
        '@timestamp': `2026-02-12T10:${minute}:00.000Z`,
        severity: i % 2 ? 'high' : 'low',
        detector: i % 3 ? 'volume-spike' : 'abrupt-end',
        summary: i === 7 ? 'Needle in the haystack' : 'hay',
      }),
      `a${i}`,
    )
  }
  await eventually(async () => (await alerts.list({ limit: 50 })).alerts.length === 12, 'twelve alerts')
  await alerts.triage('a1', soc1, { to: 'closed', verdict: 'benign', reason: 'known', via })
  await alerts.triage('a2', soc1, { to: 'acknowledged', via })
  t.match(await alerts.counts(), {
    status: { open: 10, acknowledged: 1, investigating: 0 },
    severity: { low: 6, high: 5 },
    suppressed: 0,
  })
  const ids = async (query: Partial<Parameters<typeof alerts.list>[0]>) =>
    (await alerts.list({ limit: 50, ...query })).alerts.map(({ id }) => id)
  t.same(await ids({ text: 'needle HAY' }), ['a7'])
  t.same(await ids({ status: 'closed', verdict: 'benign' }), ['a1'])
  t.same(await ids({ detector: 'abrupt-end', severity: 'high' }), ['a9', 'a3'])
  t.same(await ids({ from: '2026-02-12T10:10:00Z' }), ['a11', 'a10'])
  const seen: string[] = []
  let after: string | undefined
  do {
    const page = await alerts.list({ limit: 5, ...(after !== undefined && { after }) })
    seen.push(...page.alerts.map(({ id }) => id))
    after = page.next
  } while (after !== undefined)
  t.equal(seen.length, 12)
  t.equal(new Set(seen).size, 12)
})

t.test('a malformed finding is set aside and the others go on', async (t) => {
  const { store, alerts } = await openOffice(t)
  runs(t, alerts)
  await writeFinding(store, { id: 'bad', severity: 'enormous' }, 'bad')
  await writeFinding(store, finding('other'), 'mismatch')
  await writeFinding(store, finding('a1'), 'a1')
  await eventually(() => alerts.get('a1'), 'the good one')
  await eventually(async () => {
    const { documents } = await store.documents.list('finding', { keys: { state: 'malformed' }, limit: 9 })
    return documents.length === 2
  }, 'two set aside')
  t.equal(await alerts.get('other'), undefined)
})
