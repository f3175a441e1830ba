import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Registry } from 'prom-client'
import t, { type Test } from 'tap'
import { alertsMetrics } from '../../alerts/port.ts'
import { startSlack } from '../support/slack/slack.ts'
import { eventually, finding, identityOf, openOffice, runs, writeFinding } from './office.ts'
import { openWorkspace, start } from './workspace.ts'

const HOOK_SECRET = 'hook' + '-secret-0000'

interface Received {
  headers: IncomingHttpHeaders
  body: string
}
/** A webhook's other end: answers what `answers` holds, then 200. */
async function receiver(t: Test, ...answers: { status: number; headers?: Record<string, string> }[]) {
  const received: Received[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    received.push({ headers: request.headers, body: Buffer.concat(chunks).toString() })
    const { status, headers } = answers.shift() ?? { status: 200 }
    response.writeHead(status, headers).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.closeAllConnections())
  t.teardown(() => server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?key=hidden`, received }
}
const hook = (url: string) => ({ webhook: url, secret: HOOK_SECRET })

t.test('a webhook gets the signed alert each time it changes, and nothing follows a redirect', async (t) => {
  const elsewhere = await receiver(t)
  const { url, received } = await receiver(t, { status: 302, headers: { location: elsewhere.url } })
  const workspace = await openWorkspace(t, { routes: [hook(url)] })
  const { store, alerts, routes, skip } = workspace
  runs(t, alerts)
  runs(t, routes)
  await writeFinding(store, finding('a1'), 'a1')
  await eventually(async () => (await routes.status()).failed === 1, 'the redirect is a failure to look at')
  t.match((await routes.status()).trouble, 'answered 302')
  skip(600e3)
  await eventually(() => received.length === 2, 'it is tried again all the same')
  const { headers, body } = received[1]!
  t.same(JSON.parse(body), await alerts.get('a1'))
  const [, at, mac] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['x-tracewarden-signature']))!
  t.equal(mac, createHmac('sha256', HOOK_SECRET).update(`${at}.${body}`).digest('hex'))
  await alerts.triage('a1', identityOf('soc1'), { to: 'acknowledged', via: 'api' })
  await eventually(() => received.length === 3, 'the change is told')
  t.equal(JSON.parse(received[2]!.body).status, 'acknowledged')
  t.equal(elsewhere.received.length, 0)
  await eventually(async () => (await routes.status()).failed === 0, 'nothing waits')
  const { documents } = await store.documents.list<object>('delivery', { limit: 9 })
  t.notMatch(JSON.stringify(documents), 'hidden', 'the URL is not in the store')
})

t.test('a webhook may get OCSF', async (t) => {
  const { url, received } = await receiver(t)
  const { store, alerts, routes } = await openWorkspace(t, { routes: [{ webhook: url, format: 'ocsf' }] })
  runs(t, alerts)
  runs(t, routes)
  await writeFinding(store, finding('a1'), 'a1')
  await eventually(() => received.length === 1, 'it is told')
  t.match(JSON.parse(received[0]!.body), { class_uid: 2004, finding_info: { uid: 'a1' } })
})

t.test('a webhook that is busy is asked again when it said, not before', async (t) => {
  const { url, received } = await receiver(t, { status: 503, headers: { 'retry-after': '120' } })
  const workspace = await openWorkspace(t, { routes: [hook(url)] })
  const { store, alerts, routes, skip, clock } = workspace
  const before = clock.now()
  runs(t, alerts)
  runs(t, routes)
  await writeFinding(store, finding('a1'), 'a1')
  const { documents } = await eventually(async () => {
    const page = await store.documents.list<{ next: number; attempts: number; uncertain: boolean }>(
      'delivery',
      { keys: { state: 'pending' }, limit: 9 },
    )
    return page.documents[0]?.body.attempts === 1 && !page.documents[0].body.uncertain && page
  }, 'it waits')
  t.ok(documents[0]!.body.next >= before + 120e3)
  skip(121e3)
  await eventually(() => received.length === 2, 'the second try')
  await eventually(async () => (await routes.status()).pending === 0, 'it arrived')
})

t.test('deliveries that wait while Slack is down arrive after a restart, each once', async (t) => {
  const office = await openOffice(t)
  const standIn = await startSlack()
  t.teardown(() => standIn.close())
  standIn.setDown(true)
  const before = await openWorkspace(t, { office, slack: standIn })
  const stop = await start(t, before)
  for (const id of ['a1', 'a2', 'a3']) await writeFinding(office.store, finding(id), id)
  await eventually(async () => {
    const status = await before.routes.status()
    return status.pending === 3 && status.trouble === 'Slack does not answer' && status.oldest !== undefined
  }, 'three wait, visibly')
  t.equal(before.slack.status().connected, false)
  await stop()
  standIn.setDown(false)
  const after = await openWorkspace(t, { office, slack: standIn, enrolled: [] })
  office.skip(60e3)
  await start(t, after)
  await standIn.until(() => standIn.workspace.messages.length === 3, 'three messages')
  await eventually(async () => (await after.routes.status()).pending === 0, 'nothing waits')
  t.equal(standIn.workspace.messages.length, 3)
  await eventually(() => after.slack.status().connected, 'Slack is connected')
})

t.test('a post whose answer was lost is found again instead of repeated', async (t) => {
  const workspace = await openWorkspace(t)
  const { standIn, store, alerts, routes, skip } = workspace
  for (const id of ['x1', 'x2', 'x3']) {
    standIn.workspace.messages.push({
      channel: 'C00000001',
      ts: `${Math.floor(Date.now() / 1000) + 1}.00000${id[1]}`,
      text: id,
      blocks: [],
      edited: 0,
    })
  }
  standIn.trouble('chat.postMessage', { kind: 'cut' })
  runs(t, alerts)
  runs(t, routes)
  await writeFinding(store, finding('a1'), 'a1')
  await standIn.until(() => standIn.workspace.messages.length === 4, 'it was posted')
  await eventually(async () => (await routes.status()).retried === 1, 'the answer was lost')
  skip(60e3)
  await eventually(async () => (await routes.status()).sent === 1, 'it is settled')
  t.equal(standIn.calls.filter(({ method }) => method === 'chat.postMessage').length, 1)
  t.equal(standIn.workspace.messages.length, 4)
  await alerts.triage('a1', identityOf('soc1'), { to: 'acknowledged', via: 'console' })
  await standIn.until(
    () => JSON.stringify(standIn.workspace.messages[3]!.blocks).includes('acknowledged'),
    'and updated later',
  )
})

t.test('a process that dies between claim and answer leaves no second message', async (t) => {
  const workspace = await openWorkspace(t)
  const { standIn, store, alerts, routes, skip } = workspace
  const stopAlerts = runs(t, alerts)
  const stopRoutes = runs(t, routes)
  await writeFinding(store, finding('a1'), 'a1')
  await eventually(async () => (await routes.status()).sent === 1, 'it arrived')
  await Promise.all([stopAlerts(), stopRoutes()])
  const { documents } = await store.documents.list<object>('delivery', { limit: 9 })
  const { slack: _, shown: __, ...lost } = documents[0]!.body as Record<string, unknown>
  await store.documents.put(
    'delivery',
    documents[0]!.id,
    { ...lost, state: 'pending', uncertain: true, attempts: 1 },
    { expect: 'any', keys: { state: 'pending', subject: 'alert:a1' }, at: documents[0]!.at },
  )
  skip(60e3)
  const again = await openWorkspace(t, { office: workspace, slack: standIn, enrolled: [] })
  runs(t, again.routes)
  await eventually(async () => (await again.routes.status()).sent === 1, 'it is settled')
  t.equal(standIn.workspace.messages.length, 1)
})

t.test('rate limits are honoured for all of Slack, and every alert arrives once', async (t) => {
  const workspace = await openWorkspace(t)
  const { standIn, store, alerts, routes, skip, clock } = workspace
  const posts = () => standIn.calls.filter(({ method }) => method === 'chat.postMessage').length
  const before = clock.now()
  standIn.trouble('chat.postMessage', { kind: 'ratelimited', seconds: 300 })
  standIn.trouble('chat.postMessage', { kind: 'status', status: 503 })
  runs(t, alerts)
  runs(t, routes)
  await writeFinding(store, finding('a1'), 'a1')
  await eventually(async () => (await routes.status()).retried === 1, 'it is told to wait')
  await writeFinding(store, finding('a2'), 'a2')
  await eventually(async () => (await routes.status()).pending === 2, 'another waits')
  const { documents } = await store.documents.list<{ next: number; trouble?: string }>('delivery', {
    limit: 9,
  })
  const limited = documents.find(({ body }) => body.trouble === 'ratelimited')!
  t.ok(limited.body.next >= before + 300e3, 'as long as Slack said')
  t.equal(posts(), 1, 'the other one is held back as well')
  skip(301e3)
  await eventually(async () => (await routes.status()).retried === 2, 'then the 503')
  skip(60e3)
  await eventually(async () => (await routes.status()).sent === 2, 'all arrived')
  t.equal(posts(), 4)
  t.equal(standIn.workspace.messages.length, 2)
})

t.test('a channel that does not exist is shown as failed, and used once it does', async (t) => {
  const workspace = await openWorkspace(t, { routes: [{ slack: '#later' }] })
  const { standIn, store, alerts, routes, skip } = workspace
  runs(t, alerts)
  runs(t, routes)
  await writeFinding(store, finding('a1'), 'a1')
  await eventually(async () => (await routes.status()).failed === 1, 'it failed')
  t.match(await routes.status(), { trouble: 'channel_not_found', pending: 0 })
  standIn.workspace.channels.set('#later', 'C00000009')
  skip(600e3)
  const message = await standIn.until(() => standIn.workspace.messages[0], 'the message')
  t.equal(message.channel, 'C00000009')
})

t.test('a message somebody deleted is told again when the alert changes', async (t) => {
  const workspace = await openWorkspace(t)
  const { standIn, store, alerts, routes } = workspace
  runs(t, alerts)
  runs(t, routes)
  await writeFinding(store, finding('a1'), 'a1')
  await eventually(async () => (await routes.status()).sent === 1, 'it arrived')
  standIn.workspace.messages.length = 0
  await writeFinding(store, finding('a1', { revision: 2, severity: 'high' }), 'a1')
  const message = await standIn.until(() => standIn.workspace.messages[0], 'a new one')
  t.match(message.text, 'High')
})

t.test('what waits is counted for Prometheus', async (t) => {
  const workspace = await openWorkspace(t, { routes: [{ slack: '#later' }] })
  const { store, alerts, routes, slack } = workspace
  const registry = new Registry()
  alertsMetrics(registry, { alerts, routes, slack })
  runs(t, alerts)
  runs(t, routes)
  await writeFinding(store, finding('a1'), 'a1')
  await eventually(async () => (await routes.status()).failed === 1, 'it failed')
  const text = await registry.metrics()
  for (const line of [
    'tracewarden_alerts{status="open"} 1',
    'tracewarden_deliveries{state="failed"} 1',
    'tracewarden_deliveries_tries_total{result="retried"} 1',
    'tracewarden_slack_connected 0',
  ])
    t.ok(text.includes(line), line)
})

t.test('a message Slack does not like is told in plain words instead', async (t) => {
  const workspace = await openWorkspace(t)
  const { standIn, store, alerts, routes } = workspace
  standIn.trouble('chat.postMessage', { kind: 'error', error: 'invalid_blocks' })
  runs(t, alerts)
  runs(t, routes)
  await writeFinding(store, finding('a1'), 'a1')
  const message = await standIn.until(() => standIn.workspace.messages[0], 'the message')
  t.match(message.text, '<https://tracewarden.example/alerts/a1|Open on the console>')
  t.same(message.blocks, [])
})

t.test('evidence revised again and again does not become a flood of updates', async (t) => {
  const workspace = await openWorkspace(t, { office: await openOffice(t, { still: true }) })
  const { standIn, store, alerts, routes, skip } = workspace
  runs(t, alerts)
  runs(t, routes)
  for (let revision = 1; revision <= 20; revision++) {
    await writeFinding(store, finding('a1', { revision, summary: `revision ${revision}` }), 'a1')
    await eventually(async () => (await alerts.get('a1'))?.revision === revision, 'the revision')
    await eventually(async () => (await alerts.outbox(9)).length === 0, 'it is routed')
  }
  const updates = () => standIn.calls.filter(({ method }) => method === 'chat.update').length
  t.ok(updates() <= 3, `${updates()} updates`)
  skip(20e3)
  await standIn.until(() => standIn.workspace.messages[0]!.text.includes('revision 20'), 'the last one shows')
})

t.test('a suppressed alert tells nobody until its severity rises', async (t) => {
  const workspace = await openWorkspace(t)
  const { standIn, store, alerts, routes } = workspace
  runs(t, alerts)
  runs(t, routes)
  await writeFinding(store, finding('a1'), 'a1')
  await eventually(async () => (await routes.status()).sent === 1, 'the first is told')
  const until = new Date(Date.now() + 3600e3).toISOString()
  await alerts.suppress('a1', identityOf('soc1'), { reason: 'migration', until, via: 'console' })
  await standIn.until(
    () => JSON.stringify(standIn.workspace.messages[0]!.blocks).includes('suppressed by soc1'),
    'its message says so',
  )
  await writeFinding(store, finding('a2'), 'a2')
  await eventually(async () => (await alerts.get('a2'))?.suppression, 'the second is quiet')
  await eventually(async () => (await alerts.outbox(9)).length === 0, 'and routed nowhere')
  t.equal(standIn.workspace.messages.length, 1)
  await writeFinding(store, finding('a2', { revision: 2, severity: 'critical' }), 'a2')
  await standIn.until(() => standIn.workspace.messages[1]?.text.startsWith('Critical'), 'the rise is told')
})
