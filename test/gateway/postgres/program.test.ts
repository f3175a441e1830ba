import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import t from 'tap'
import { as, doorOf } from '../../faults/world.ts'
import { startPostgres } from '../../support/postgres.ts'
import { eventually, run, startProgram } from '../../support/program.ts'
import { READER, SCHEMA, SECRET } from './wire-house.ts'

t.setTimeout(600_000)

t.test('from one YAML file to a client that reads masked rows, and their record', async (t) => {
  const root = t.testdir()
  const postgres = await startPostgres()
  t.teardown(() => postgres.stop())
  await (await postgres.connect()).query(SCHEMA)
  const file = join(root, 'tracewarden.yaml')
  mkdirSync(root, { recursive: true })
  writeFileSync(
    file,
    `gateway: gw
data: ${join(root, 'data')}
console: { listen: 127.0.0.1:0 }
connections:
  - name: warehouse
    protocol: postgres
    listen: 127.0.0.1:0
    backend:
      { host: 127.0.0.1, port: ${postgres.port}, database: postgres, user: ${READER.user}, password: "\${env:READER_PASSWORD}", tls: "off" }
    tables:
      - { name: public.spans, trace_id: trace_id, time: start_time, structural: [model] }
masking:
  fields:
    - { name: customer, paths: ["**.customer"] }
identity:
  users:
    - { id: ann, roles: [ml-engineer, auditor] }
    - { id: sam, roles: [admin, soc] }
    - { id: rob, roles: [trace-owner] }
approvals:
  default_groups: [owners]
  groups: [{ name: owners, members: [rob, sam] }]
`,
  )
  const env = { READER_PASSWORD: READER.password }
  const made = await run(['token', 'create', '--user', 'ann', '--config', file], env)
  const ann = made.out.trim()
  const daemon = await startProgram(['start', '--config', file], env)
  t.teardown(() => daemon.child.kill('SIGKILL'))
  const door = new URL(await doorOf(daemon, 'warehouse'))
  const client = new pg.Client({
    host: '127.0.0.1',
    port: Number(door.port),
    user: 'ann',
    password: ann,
    database: 'postgres',
  })
  client.on('error', () => undefined)
  await client.connect()

  const { rows } = await client.query('SELECT id, trace_id, customer, input FROM spans WHERE id = $1', [7])
  t.match(rows, [
    { id: 7, trace_id: 't7', customer: '[masked:customer]', input: /^question 7 with \[masked:/ },
  ])
  await t.rejects(client.query(`SELECT count(*) FROM spans WHERE input LIKE '%${SECRET.slice(0, 8)}%'`), {
    code: '42501',
  })
  const events = await eventually(async () => {
    const answer = await fetch(`${daemon.console}/api/v1/events?user=ann&limit=100`, as(ann))
    const found = ((await answer.json()) as { events: { event: { action: string; outcome: string } }[] })
      .events
    return found.filter(({ event }) => event.action.startsWith('trace-')).length >= 2 ? found : undefined
  }, 'what was read and what was refused')
  const text = JSON.stringify(events)
  t.match(text, '"protocol":"postgres"')
  t.match(text, '"bypass":["filter-oracle"]')
  t.notMatch(text, SECRET.slice(0, 8))

  const gone = new Promise((resolve) => client.once('end', resolve))
  t.equal(await daemon.stop(), 0)
  await gone
})
