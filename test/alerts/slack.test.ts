import t from 'tap'
import { buttonsOf } from '../support/slack/slack.ts'
import { eventually, finding, identityOf, openOffice, runs, writeFinding } from './office.ts'
import { openWorkspace, slackUser, start } from './workspace.ts'

const SOC1 = slackUser('soc1')
const SOC2 = slackUser('soc2')

for (const mode of ['socket', 'http'] as const)
  t.test(
    `${mode}: an alert is told, acknowledged, investigated and closed with a verdict in Slack`,
    async (t) => {
      const workspace = await openWorkspace(t, { mode })
      const { standIn, alerts, store, events } = workspace
      await start(t, workspace)
      await eventually(() => workspace.slack.status().connected, 'Slack is connected')
      await writeFinding(store, finding('a1'), 'a1')
      const message = await standIn.until(() => standIn.workspace.messages[0], 'the message')
      t.match(message.text, 'Medium: volume-spike – Name of ada (ada)')
      t.equal(message.channel, 'C00000001')
      const buttons = () => buttonsOf(message.blocks).map(({ action_id }) => action_id)

      await standIn.click(message, 'alert.acknowledge', SOC1)
      await standIn.until(() => !buttons().includes('alert.acknowledge'), 'the message follows')
      t.match(await alerts.get('a1'), { status: 'acknowledged', assignee: 'soc1' })
      await standIn.click(message, 'alert.investigate', SOC1)
      await standIn.until(() => !buttons().includes('alert.investigate'), 'the message follows')

      await standIn.click(message, 'alert.close', SOC2)
      const view = await standIn.until(() => standIn.workspace.views[0], 'the modal')
      t.equal(await standIn.submit(view, { verdict: 'true-positive', reason: 'sold them' }), undefined)
      await standIn.until(() => buttons().length === 0, 'the message is closed')
      const closed = (await alerts.get('a1'))!
      t.match(closed, { status: 'closed', verdict: 'true-positive' })
      t.match(closed.history.at(-1), { by: 'soc2', via: 'slack', reason: 'sold them' })
      t.match(JSON.stringify(message.blocks), 'Closed as true-positive')
      t.equal(standIn.workspace.messages.length, 1, 'one message, updated in place')
      t.same(
        events.map(({ event, user }) => `${user?.id} ${event.reason}`),
        ['soc1 acknowledged', 'soc1 investigating', 'soc2 closed: true-positive'],
      )
    },
  )

t.test(
  'what needs two people is declined or confirmed in Slack, never by the one who proposed it',
  async (t) => {
    const office = await openOffice(t, { alerts: { second_person: 'always' } })
    const workspace = await openWorkspace(t, { office })
    const { standIn, alerts, store } = workspace
    const { messages, views, ephemerals } = standIn.workspace
    await start(t, workspace)
    await eventually(() => workspace.slack.status().connected, 'Slack is connected')
    await writeFinding(store, finding('a1'), 'a1')
    const message = await standIn.until(() => messages[0], 'the message')
    const names = () => buttonsOf(message.blocks).map(({ action_id }) => action_id)
    const propose = async (n: number) => {
      await standIn.click(message, 'alert.close', SOC1)
      const view = await standIn.until(() => views[n], 'the modal')
      t.equal(await standIn.submit(view, { verdict: 'benign', reason: 'a backfill' }), undefined)
      await standIn.until(() => names().includes('alert.confirm'), 'two more buttons')
      t.match(JSON.stringify(message.blocks), 'soc1 proposes “closed: benign”')
    }
    await propose(0)
    await standIn.click(message, 'alert.confirm', SOC1)
    await standIn.until(() => ephemerals[0], 'an answer for that one alone')
    t.match((await alerts.get('a1'))!, { status: 'open', verdict: 'none', proposal: { by: 'soc1' } })
    t.same(await alerts.verdicts(), [])

    await standIn.click(message, 'alert.decline', SOC2)
    const view = await standIn.until(() => views[1], 'the modal')
    await t.rejects(standIn.submit(view, { reason: '' }), /Slack would not submit/)
    t.equal(await standIn.submit(view, { reason: 'ask them first' }), undefined)
    await standIn.until(() => !names().includes('alert.confirm'), 'the message follows')
    t.match((await alerts.get('a1'))!.history.at(-1), { by: 'soc2', via: 'slack', reason: 'ask them first' })

    await propose(2)
    await Promise.all([SOC2, SOC2].map((user) => standIn.click(message, 'alert.confirm', user)))
    await standIn.until(() => names().length === 0, 'the message is closed')
    await standIn.until(() => ephemerals[1], 'the second click is told')
    t.match((await alerts.get('a1'))!, { status: 'closed', verdict: 'benign' })
    t.match(await alerts.verdicts(), [{ by: 'soc1', confirmed: 'soc2' }])
  },
)

t.test('what was done on the console shows in Slack, and a rise in severity too', async (t) => {
  const workspace = await openWorkspace(t)
  const { standIn, alerts, store } = workspace
  await start(t, workspace)
  await writeFinding(store, finding('a1'), 'a1')
  const message = await standIn.until(() => standIn.workspace.messages[0], 'the message')
  await alerts.triage('a1', identityOf('soc1'), {
    to: 'closed',
    verdict: 'benign',
    reason: 'backfill',
    via: 'console',
  })
  await standIn.until(() => JSON.stringify(message.blocks).includes('Closed as benign'), 'the update')
  await writeFinding(store, finding('a1', { revision: 2, severity: 'critical' }), 'a1')
  await standIn.until(() => message.text.startsWith('Critical'), 'the rise')
  t.equal(standIn.workspace.messages.length, 1)
})

t.test('a double click, by one or by two people, is one step, and the late one is told', async (t) => {
  const workspace = await openWorkspace(t)
  const { standIn, alerts, store, events } = workspace
  await start(t, workspace)
  await eventually(() => workspace.slack.status().connected, 'Slack is connected')
  await writeFinding(store, finding('a1'), 'a1')
  const message = await standIn.until(() => standIn.workspace.messages[0], 'the message')
  await Promise.all([SOC1, SOC1, SOC2].map((user) => standIn.click(message, 'alert.acknowledge', user)))
  await standIn.until(() => standIn.workspace.ephemerals.length === 2, 'two are told')
  t.match(standIn.workspace.ephemerals[0]!.text, 'already acknowledged')
  t.equal((await alerts.get('a1'))!.history.length, 2)
  t.equal(events.filter(({ event }) => event.outcome === 'success').length, 1)
})

t.test('who is not enrolled gets a code, confirms it signed in, and then may', async (t) => {
  const workspace = await openWorkspace(t, { enrolled: [] })
  const { standIn, alerts, store, enrolments, events } = workspace
  await start(t, workspace)
  await eventually(() => workspace.slack.status().connected, 'Slack is connected')
  await writeFinding(store, finding('a1'), 'a1')
  const message = await standIn.until(() => standIn.workspace.messages[0], 'the message')
  await standIn.click(message, 'alert.acknowledge', SOC1)
  const told = await standIn.until(() => standIn.workspace.ephemerals[0], 'the code')
  t.equal(told.user, SOC1, 'nobody else sees it')
  t.match(told.text, '<https://tracewarden.example/health|')
  t.equal((await alerts.get('a1'))!.status, 'open')
  const code = /`([0-9A-Z-]+)`/.exec(told.text)![1]!
  await t.rejects(enrolments.confirm('0000-0000-0000-0000', identityOf('soc1')), {
    code: 'TW_ENROLMENT_UNKNOWN',
  })
  await t.rejects(enrolments.confirm(code, identityOf('robot')), { code: 'TW_ENROLMENT_SERVICE' })
  t.same(await enrolments.confirm(code.toLowerCase(), identityOf('soc1')), { team: 'T00000001', user: SOC1 })
  await t.rejects(enrolments.confirm(code, identityOf('soc2')), { code: 'TW_ENROLMENT_UNKNOWN' })
  t.match(events, [{ event: { action: 'token-create' }, user: { id: 'soc1' } }])
  await standIn.click(message, 'alert.acknowledge', SOC1)
  await eventually(async () => (await alerts.get('a1'))?.assignee === 'soc1', 'the step')
})

t.test(
  'a pin counts only as it was signed, for the same person, and while they are not suspended',
  async (t) => {
    const workspace = await openWorkspace(t, { enrolled: ['soc1', 'ada'] })
    const { standIn, alerts, store, enrolments, suspended } = workspace
    await start(t, workspace)
    await eventually(() => workspace.slack.status().connected, 'Slack is connected')
    await writeFinding(store, finding('a1'), 'a1')
    const message = await standIn.until(() => standIn.workspace.messages[0], 'the message')
    const pin = (await store.documents.get<object>('slack-user', `T00000001.${SOC1}`))!
    await store.documents.put('slack-user', 'T00000001.UMALLORY', pin.body, {
      expect: 'absent',
      at: '2026-02-12T10:00:00Z',
    })
    await standIn.click(message, 'alert.acknowledge', 'UMALLORY')
    await standIn.until(() => standIn.workspace.ephemerals[0]?.text.includes('who you are'), 'not known')
    suspended.add('soc1')
    await standIn.click(message, 'alert.acknowledge', SOC1)
    await standIn.until(() => standIn.workspace.ephemerals[1]?.text.includes('suspended'), 'suspended')
    await standIn.click(message, 'alert.acknowledge', slackUser('ada'))
    await standIn.until(() => standIn.workspace.ephemerals[2]?.text.includes('roles'), 'without the role')
    t.equal((await alerts.get('a1'))!.status, 'open')
    t.same((await enrolments.list()).map(({ name }) => name).sort(), ['ada', 'soc1'])
    suspended.clear()
    await enrolments.remove({ team: 'T00000001', user: SOC1 })
    await standIn.click(message, 'alert.acknowledge', SOC1)
    await standIn.until(() => standIn.workspace.ephemerals[3]?.text.includes('who you are'), 'not any more')
  },
)

t.test('a modal that Slack would not open any more is said to be so', async (t) => {
  const workspace = await openWorkspace(t)
  const { standIn, store } = workspace
  await start(t, workspace)
  await eventually(() => workspace.slack.status().connected, 'Slack is connected')
  await writeFinding(store, finding('a1'), 'a1')
  const message = await standIn.until(() => standIn.workspace.messages[0], 'the message')
  await standIn.click(message, 'alert.close', SOC1, { triggerLife: -1 })
  const told = await standIn.until(() => standIn.workspace.ephemerals[0], 'an answer')
  t.match(told.text, 'could not do that now')
  t.equal(standIn.workspace.views.length, 0)
})

t.test('a lost socket is opened again', async (t) => {
  const workspace = await openWorkspace(t)
  const { standIn, slack, store, alerts } = workspace
  await start(t, workspace)
  await eventually(() => slack.status().connected, 'Slack is connected')
  const first = slack.status().since
  standIn.sockets()[0]!.send(JSON.stringify({ type: 'disconnect', reason: 'refresh_requested' }))
  await eventually(() => slack.status().connected && slack.status().since !== first, 'a new socket')
  const second = slack.status().since
  for (const socket of standIn.sockets()) socket.destroy()
  await eventually(() => slack.status().connected && slack.status().since !== second, 'another one')
  await writeFinding(store, finding('a1'), 'a1')
  const message = await standIn.until(() => standIn.workspace.messages[0], 'the message')
  await standIn.click(message, 'alert.acknowledge', SOC1)
  await eventually(async () => (await alerts.get('a1'))?.assignee === 'soc1', 'the step')
})

t.test('malformed frames and payloads are dropped, and the next click works', async (t) => {
  const workspace = await openWorkspace(t)
  const { standIn, slack, store, alerts } = workspace
  await start(t, workspace)
  await eventually(() => slack.status().connected, 'Slack is connected')
  await writeFinding(store, finding('a1'), 'a1')
  const message = await standIn.until(() => standIn.workspace.messages[0], 'the message')
  const envelope = (payload: unknown, type = 'interactive') =>
    JSON.stringify({ type, envelope_id: 'e', payload })
  for (const frame of [
    '',
    'null',
    '[]',
    '{',
    '{"type":"interactive"}',
    envelope(null),
    envelope({ type: 'block_actions', actions: null }),
    envelope({ type: 'block_actions', actions: [null] }),
    envelope({ type: 'view_submission', view: 'x' }),
    envelope({ event: null }, 'events_api'),
    envelope({ type: 'nonsense' }, 'nonsense'),
  ])
    standIn.sockets()[0]!.send(frame)
  const alertClick = (actions: unknown[], more = {}) =>
    standIn.interact({
      type: 'block_actions',
      user: { id: SOC1 },
      team: { id: 'T00000001' },
      trigger_id: 't',
      channel: { id: message.channel },
      actions,
      ...more,
    })
  await alertClick([{ type: 'button', action_id: 'alert.acknowledge', block_id: 'b' }])
  await standIn.until(() => standIn.workspace.ephemerals.length === 1, 'told about the missing value')
  await alertClick([{ type: 'button', action_id: 'alert.explode', block_id: 'b', value: 'a1' }])
  await standIn.until(() => standIn.workspace.ephemerals.length === 2, 'told about the unknown button')
  await alertClick([{ type: 'button', action_id: 'alert.acknowledge', block_id: 'b', value: 'a1' }], {
    user: {},
  })
  await alertClick([{ type: 'button', action_id: 'alert.acknowledge', block_id: 'b', value: 'nope' }])
  await standIn.until(() => standIn.workspace.ephemerals.length === 3, 'told about the unknown alert')
  t.equal((await alerts.get('a1'))!.status, 'open')
  await standIn.click(message, 'alert.acknowledge', SOC1)
  await eventually(async () => (await alerts.get('a1'))?.assignee === 'soc1', 'the step')
})

t.test('HTTP: bad signatures, old requests and malformed bodies are refused', async (t) => {
  const workspace = await openWorkspace(t, { mode: 'http' })
  const { standIn, store, alerts } = workspace
  await start(t, workspace)
  await writeFinding(store, finding('a1'), 'a1')
  const message = await standIn.until(() => standIn.workspace.messages[0], 'the message')
  const click = `payload=${encodeURIComponent(
    JSON.stringify({
      type: 'block_actions',
      user: { id: SOC1 },
      team: { id: 'T00000001' },
      trigger_id: 't',
      channel: { id: message.channel },
      actions: [{ type: 'button', action_id: 'alert.acknowledge', block_id: 'b', value: 'a1' }],
    }),
  )}`
  const now = Math.floor(Date.now() / 1000)
  t.equal((await standIn.postSigned(click, { secret: 'another' })).status, 401)
  t.equal((await standIn.postSigned(click, { at: now - 600 })).status, 401)
  for (const body of ['payload=null', 'payload=%7B', 'payload=%5B%5D', 'nothing=1', ''])
    t.equal((await standIn.postSigned(body)).status, 400, body)
  t.equal((await standIn.postSigned('null', { type: 'application/json' })).status, 400)
  t.equal((await standIn.postSigned(`payload=${'x'.repeat(2_000_000)}`)).status, 413)
  t.equal((await alerts.get('a1'))!.status, 'open')
  t.equal((await standIn.postSigned(click)).status, 200)
  await eventually(async () => (await alerts.get('a1'))?.assignee === 'soc1', 'the good one')
})

t.test('Slack without its tokens is refused at once, and wrong ones are visible', async (t) => {
  await t.rejects(openWorkspace(t, { mode: 'http', config: { signing_secret: undefined } }), {
    code: 'TW_SLACK_CONFIG',
  })
  const workspace = await openWorkspace(t, { config: { bot_token: 'xoxb' + '-wrong' } })
  await start(t, workspace)
  await eventually(() => workspace.slack.status().trouble?.includes('invalid_auth'), 'the trouble')
  t.equal(workspace.slack.status().connected, false)
})

t.test('injection in names and summaries reaches Slack as text', async (t) => {
  const office = await openOffice(t)
  const workspace = await openWorkspace(t, { office })
  const { standIn, store } = workspace
  runs(t, workspace.alerts)
  runs(t, workspace.routes)
  const evil = '<!channel> <https://evil.example|free> *bold* \u202Etxt & <@U00000001>'
  const subject = { kind: 'person' as const, id: evil }
  await writeFinding(
    store,
    finding('a1', { summary: evil, detector: evil, user: { id: evil }, subject }),
    'a1',
  )
  const { text, blocks } = await standIn.until(() => standIn.workspace.messages[0], 'the message')
  for (const part of ['<!', '<@', '<http', 'https://evil', '\u202E']) {
    t.notOk(text.includes(part), part)
    t.notOk(JSON.stringify(blocks).includes(part), part)
  }
})
