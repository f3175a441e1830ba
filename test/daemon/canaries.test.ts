import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { as, doorOf } from '../faults/world.ts'
import { eventually, run, startProgram } from '../support/program.ts'

/** The program is started some eight times. */
t.setTimeout(600_000)

t.test('a planted decoy is listed for admins, read by a thief, and the alert names it', async (t) => {
  const backend = createServer((_req, res) => {
    res.setHeader('content-type', 'application/json')
    res.end('{}')
  })
  await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve))
  t.teardown(() => backend.close())
  const root = t.testdir()
  const file = join(root, 'tracewarden.yaml')
  writeFileSync(
    file,
    `gateway: gw
data: ${join(root, 'data')}
console: { listen: 127.0.0.1:0 }
connections:
  - name: mlflow
    profile: mlflow
    listen: 127.0.0.1:0
    backend: http://127.0.0.1:${(backend.address() as AddressInfo).port}
policy:
  canaries:
    - { name: salaries, connections: [mlflow], plant: { in: ["7"], bait: tracewarden-token } }
approvals: { default_groups: [owners], groups: [{ name: owners, members: [sam, rob] }] }
identity:
  users:
    - { id: ann, roles: [ml-engineer] }
    - { id: rob }
    - { id: sam, roles: [admin, soc, auditor] }
`,
  )
  const command = (...args: string[]) => run([...args, '--config', file])
  const asking = (user: string) =>
    command('canaries', '--json', '--values', '--as', user, '--reason', 'watch list')
  const token = async (user: string) => (await command('token', 'create', '--user', user)).out.trim()
  const [nosy, known, ann, sam] = await Promise.all([
    asking('ann'),
    asking('sam'),
    token('ann'),
    token('sam'),
  ])
  t.equal(nosy.code, 1)
  t.equal(nosy.out, '')
  t.match(nosy.err, /for admins/)
  t.equal(known.code, 0, known.err)
  const decoy = JSON.parse(known.out)
  t.match(decoy, {
    canary: 'salaries',
    connection: 'mlflow',
    id: /^tr-[0-9a-f]{32}$/,
    in: ['7'],
    planted: 'by the gateway',
    bait: 'tracewarden-token',
    value: /^tw_/,
  })
  const { id, value } = decoy

  const daemon = await startProgram(['start', '--config', file])
  t.teardown(() => daemon.child.kill('SIGKILL'))
  const door = await doorOf(daemon, 'mlflow')
  const read = await fetch(`${door}/api/3.0/mlflow/traces/get?trace_id=${id}`, as(ann))
  t.equal(read.status, 200)
  t.ok((await read.text()).includes(value), 'what ann reads holds the credential')
  const used = await fetch(`${door}/api/2.0/mlflow/experiments/search?max_results=1`, as(value))
  t.equal(used.status, 401, 'which opens nothing')

  const alertOf = (user: string) =>
    eventually(async () => {
      const answer = await fetch(`${daemon.console}/api/v1/alerts`, as(sam))
      const {
        alerts,
      }: {
        alerts: { id: string; detector: string; severity: string; summary: string; user: { id: string } }[]
      } = JSON.parse(await answer.text())
      return alerts.find((one) => one.detector === 'canary' && one.user.id === user)
    }, `an alert on ${user}`)
  const reader = await alertOf('ann')
  t.equal(reader.severity, 'critical')
  t.match(reader.summary, /1 canary read of salaries /)
  const stranger = await alertOf('(unauthenticated)')
  t.equal(stranger.severity, 'critical')
  t.match(stranger.summary, /of salaries \(its credential\)/)

  t.notOk(daemon.story().includes(value), 'no log holds it')
  const events = await fetch(`${daemon.console}/api/v1/events?action=canary-list`, as(sam))
  t.notOk((await events.text()).includes(value))

  // For another system to take, beside the running daemon.
  const taken = await run(['alerts', '--config', file, '--status', 'open', '--from', '2026-01-01'])
  t.equal(taken.code, 0, taken.err)
  const lines = taken.out.trim().split('\n')
  const mine = lines.map((line) => JSON.parse(line)).filter((alert) => alert.detector === 'canary')
  t.match(mine.map((alert) => `${alert.user.id} ${alert.status} ${alert.severity}`).sort(), [
    '(unauthenticated) open critical',
    'ann open critical',
  ])
  t.equal(mine.find(({ user }) => user.id === 'ann').id, reader.id, 'as the API has it')
  t.notOk(taken.out.includes(value))
  t.equal(await daemon.stop(), 0)
})
