import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Alert } from '../../alerts/port.ts'
import { as, createWorld, doorOf, part } from '../faults/world.ts'
import { eventually } from '../support/program.ts'

t.setTimeout(600_000)
t.test('three processes on one data directory do what one does', { timeout: 590_000 }, async (t) => {
  const world = await createWorld(t)
  const [gateway, middle, alerts] = await Promise.all([
    world.start('--roles', 'gateway', '--console', '127.0.0.1:0'),
    world.start('--roles', 'collector,detectors', '--console', '127.0.0.1:0'),
    world.start('--roles', 'alerts', '--console', '127.0.0.1:0'),
  ])
  t.strictSame(
    readdirSync(join(world.data, 'spool')).filter((name) => name !== 'recordings'),
    ['gw-alerts', 'gw-collector-detectors', 'gw-gateway'],
    'started at once on an empty directory, each with a spool of its own',
  )
  const [ann, rob, sam] = await Promise.all([world.token('ann'), world.token('rob'), world.token('sam')])
  const door = await doorOf(gateway)
  const api = async <T>(path: string, token: string, body?: object): Promise<T> => {
    const answer = await fetch(`${alerts.console}/api/v1${path}`, {
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
      headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
    })
    t.equal(answer.status, 200, `${path}: ${answer.status}`)
    return (await answer.json()) as T
  }

  await t.test('a request is held by one process, approved in another, and goes through', async (t) => {
    const ids = world.traces.slice(0, 3).map((trace) => trace.trace_id)
    const held = fetch(`${door}/traces?ids=${ids}`, as(ann))
    const asked = await eventually(async () => {
      const { approvals } = await api<{ approvals: { id: string; user: string }[] }>('/approvals', rob)
      return approvals[0]
    }, 'the approval on the console')
    await api(`/approvals/${asked.id}/decide`, rob, { decision: 'approve', reason: 'the test needs it' })
    const answer = await held
    t.equal(answer.status, 200)
    const body = await answer.text()
    for (const id of ids) t.ok(body.includes(id))
  })

  await t.test('what a user tries at the gateway is an alert on the console', async () => {
    for (let n = 0; n < 14; n++)
      await fetch(`${door}/projects/claims-agent/traces?q=CUST-${400_000 + n}`, as(ann)).then((a) => a.text())
    const alert = await eventually(async () => {
      const { alerts } = await api<{ alerts: Alert[] }>('/alerts?user=ann', sam)
      return alerts.find(({ detector }) => detector === 'masking-bypass')
    }, 'the alert')
    await api(`/alerts/${alert.id}/acknowledge`, sam, {})
  })

  await t.test('a recording made by the gateway is opened elsewhere', async (t) => {
    const { sessions } = await api<{ sessions: { session: string }[] }>('/sessions?user=ann', sam)
    const replayed = await world.run('replay', sessions[0]!.session, '--as', 'sam', '--reason', 'to see it')
    t.equal(replayed.code, 0, replayed.err)
    t.match(replayed.out, /GET \/traces/)
  })

  await t.test('suspended on the console, refused at the door', async () => {
    await api('/users/ann/suspend', sam, { reason: 'the test says so' })
    await eventually(async () => {
      const answer = await fetch(`${door}/projects/claims-agent/traces`, as(ann))
      return answer.status === 403 ? true : undefined
    }, 'the refusal')
  })

  await t.test('the collector ships all spools, and what a command leaves', async () => {
    await eventually(async () => {
      const detail = (await part(middle, 'collector'))?.detail
      return detail?.startsWith('3 spools, everything is in the store') ? true : undefined
    }, 'three spools shipped')
  })

  await t.test('all end with 0, and the chains are whole', async (t) => {
    const before = await world.run('verify')
    t.equal(before.code, 0, before.err)
    t.strictSame(await Promise.all([gateway, alerts].map((each) => each.stop())), [0, 0])
    t.equal(await middle.stop(), 0)
    t.strictSame(
      readdirSync(join(world.data, 'checkpoints')).length >= 4,
      true,
      'checkpoints of each process',
    )
    const after = await world.run('verify')
    t.equal(after.code, 0, after.err)
    for (const role of ['gateway', 'collector-detectors', 'alerts', 'cli'])
      t.match(after.out, new RegExp(`gw-${role}~`))
    t.notOk(existsSync(join(world.data, 'dead-letter.ndjson')))
  })
})
