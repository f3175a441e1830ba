import t from 'tap'
import type { ApprovalRequest } from '../../gateway/port.ts'
import { buttonsOf } from '../support/slack/slack.ts'
import { eventually, identityOf } from './office.ts'
import { openWorkspace, slackUser, start, type Workspace } from './workspace.ts'

const OWNER1 = slackUser('owner1')

const ask = async ({ approvals }: Workspace, more: Partial<ApprovalRequest> = {}) => {
  const { approval } = await approvals.request({
    identity: identityOf('ada'),
    session: 's1',
    connection: 'mlflow',
    collection: '1',
    route: 'traces/search',
    shape: 'POST /api/3.0/mlflow/traces/search max_results',
    logical: 'hmac:0',
    traces: { count: 42, requested: 100, ids: ['tr-1', 'tr-2'] },
    fields: [],
    rules: ['approve-multiple'],
    reason: 'More than one trace needs approval.',
    reviewers: ['trace-owners'],
    ...more,
  })
  return approval
}
const shown = ({ standIn }: Workspace) =>
  standIn.until(() => standIn.workspace.messages[0], 'the approval is asked in Slack')

for (const mode of ['socket', 'http'] as const)
  t.test(`${mode}: a reviewer approves in Slack, with reason, scope and duration`, async (t) => {
    const workspace = await openWorkspace(t, { mode })
    const { standIn, approvals, events } = workspace
    await start(t, workspace)
    await eventually(() => workspace.slack.status().connected, 'Slack is connected')
    const { id } = await ask(workspace)
    const waiting = approvals.wait(id, 120_000)
    const message = await shown(workspace)
    t.equal(message.channel, 'C00000003', 'the channel of the group')
    t.match(JSON.stringify(message.blocks), '42 traces')
    await standIn.click(message, 'approval.approve', OWNER1)
    const view = await standIn.until(() => standIn.workspace.views[0], 'the modal')
    await t.rejects(standIn.submit(view, { reason: '' }), /Slack would not submit/)
    t.equal(
      await standIn.submit(view, { reason: 'ticket 42', scope: 'time', duration: '3600000' }),
      undefined,
    )
    const approval = await waiting
    t.match(approval, { status: 'approved', grant: { scope: 'time' } })
    t.match(approval.decisions, [{ by: { user: 'owner1' }, via: 'slack', reason: 'ticket 42' }])
    await standIn.until(() => message.text.startsWith('Approved'), 'the message follows')
    t.same(buttonsOf(message.blocks), [])
    t.notMatch(JSON.stringify(message), 'ticket 42')
    t.equal(events.filter(({ event }) => event.action === 'approval-grant').length, 1)
    t.equal(standIn.workspace.messages.length, 1)
  })

t.test('a reviewer denies, and the reason reaches the one who waits', async (t) => {
  const workspace = await openWorkspace(t)
  const { standIn, approvals } = workspace
  await start(t, workspace)
  await eventually(() => workspace.slack.status().connected, 'Slack is connected')
  const { id } = await ask(workspace)
  const message = await shown(workspace)
  await standIn.click(message, 'approval.deny', OWNER1)
  const view = await standIn.until(() => standIn.workspace.views[0], 'the modal')
  await standIn.submit(view, { reason: 'not your project' })
  t.match(await approvals.wait(id, 120_000), {
    status: 'denied',
    decisions: [{ reason: 'not your project' }],
  })
  await standIn.until(() => message.text.startsWith('Denied'), 'the message follows')
})

t.test('nobody decides their own request, nor without being a reviewer', async (t) => {
  const workspace = await openWorkspace(t)
  const { standIn, approvals } = workspace
  await start(t, workspace)
  await eventually(() => workspace.slack.status().connected, 'Slack is connected')
  const { id } = await ask(workspace, { identity: identityOf('owner1') })
  const message = await shown(workspace)
  for (const user of ['owner1', 'soc1']) {
    await standIn.click(message, 'approval.approve', slackUser(user))
    const view = await standIn.until(
      () => standIn.workspace.views.find(({ openedBy }) => openedBy.user === slackUser(user)),
      'the modal',
    )
    const errors = await standIn.submit(view, { reason: 'please' })
    t.ok(errors?.reason, `${user} is told: ${errors?.reason}`)
  }
  t.equal((await approvals.get(id))!.status, 'pending')
})

t.test('two reviewers at once make one decision, and the late one is told', async (t) => {
  const workspace = await openWorkspace(t)
  const { standIn, approvals, events } = workspace
  await start(t, workspace)
  await eventually(() => workspace.slack.status().connected, 'Slack is connected')
  const { id } = await ask(workspace)
  const message = await shown(workspace)
  await standIn.click(message, 'approval.approve', OWNER1)
  await standIn.click(message, 'approval.deny', slackUser('owner2'))
  const [first, second] = await standIn.until(
    () => standIn.workspace.views.length === 2 && standIn.workspace.views,
    'two modals',
  )
  const answers = await Promise.all([
    standIn.submit(first!, { reason: 'yes' }),
    standIn.submit(second!, { reason: 'no' }),
    standIn.submit(first!, { reason: 'yes' }),
  ])
  t.equal(answers.filter((errors) => errors === undefined).length, 1)
  const { status, decisions } = (await approvals.get(id))!
  t.equal(decisions.length, 1)
  t.equal(status, decisions[0]!.decision === 'approve' ? 'approved' : 'denied')
  const made = events.filter(({ event }) => /^approval-(grant|deny)$/.test(event.action))
  t.equal(made.filter(({ event }) => event.outcome === 'success').length, 1)
})

t.test('what was decided on the console shows in Slack, and an old button is refused', async (t) => {
  const workspace = await openWorkspace(t)
  const { standIn, approvals } = workspace
  await start(t, workspace)
  await eventually(() => workspace.slack.status().connected, 'Slack is connected')
  const { id } = await ask(workspace)
  const message = await shown(workspace)
  const before = structuredClone(message)
  await approvals.decide(id, identityOf('owner1'), { decision: 'deny', reason: 'no', via: 'console' })
  await standIn.until(() => message.text.startsWith('Denied'), 'the message follows')
  await standIn.click(before, 'approval.approve', slackUser('owner2'))
  const view = await standIn.until(() => standIn.workspace.views[0], 'the modal')
  t.ok((await standIn.submit(view, { reason: 'yes' }))?.reason)
  t.equal((await approvals.get(id))!.status, 'denied')
})

t.test('an expired request loses its buttons', async (t) => {
  const workspace = await openWorkspace(t)
  const { standIn, approvals, store } = workspace
  await start(t, workspace)
  const { id } = await ask(workspace)
  const message = await shown(workspace)
  workspace.skip(3600e3)
  await approvals.sweep()
  await standIn.until(() => message.text.startsWith('Expired'), 'the message follows')
  t.same(buttonsOf(message.blocks), [])
  t.equal((await approvals.get(id))!.status, 'expired')
  await eventually(async () => {
    const { documents } = await store.documents.list('delivery', { keys: { open: 'approval' }, limit: 9 })
    return documents.length === 0
  }, 'it is not watched any more')
})

t.test('a high-risk request has no buttons, and a forged one decides nothing', async (t) => {
  const workspace = await openWorkspace(t)
  const { standIn, approvals } = workspace
  await start(t, workspace)
  await eventually(() => workspace.slack.status().connected, 'Slack is connected')
  const { id } = await ask(workspace, { fields: ['attributes.llm.output'] })
  const message = await shown(workspace)
  t.same(buttonsOf(message.blocks), [])
  t.match(JSON.stringify(message.blocks), 'decide on the console')
  await standIn.interact({
    type: 'block_actions',
    user: { id: OWNER1 },
    team: { id: 'T00000001' },
    trigger_id: 't',
    channel: { id: message.channel },
    actions: [{ type: 'button', action_id: 'approval.approve', block_id: 'b', value: id }],
  })
  const told = await standIn.until(() => standIn.workspace.ephemerals[0], 'the refusal')
  t.match(told.text, 'cannot be decided in Slack')
  t.equal((await approvals.get(id))!.status, 'pending')
})
