import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createWorld } from '../faults/world.ts'
import { run } from '../support/program.ts'
import { readable } from './readable.ts'

/** The program is started some twenty times. */
t.setTimeout(600_000)

t.test('wrong use is 2, help is 0, and both say how it goes', { timeout: 590_000 }, async (t) => {
  const [help, none, role, ttl] = await Promise.all([
    run(['--help']),
    run([]),
    run(['start', '--roles', 'gateway,cook']),
    run(['token', 'create', '--user', 'ann', '--ttl', 'soon']),
  ])
  t.equal(help.code, 0)
  for (const command of ['start', 'demo', 'check', 'backtest', 'import', 'replay', 'verify', 'token'])
    t.match(help.out, new RegExp(`\\n  ${command} `))
  for (const wrong of [none, role, ttl]) {
    t.equal(wrong.code, 2)
    t.match(wrong.err, /Usage: tracewarden/)
    t.equal(wrong.out, '')
  }
  t.match(role.err, /expected some of gateway, collector, detectors, alerts/)
  t.match(ttl.err, /expected a duration/)
})

t.test('check', { timeout: 590_000 }, async (t) => {
  const world = await createWorld(t)
  world.configure({
    more: `slack: { bot_token: ${'xoxb'}-not-for-eyes, app_token: xapp-x, channel: "#a" }\n`,
  })
  const good = await world.run('check')
  t.equal(good.code, 0, good.err)
  t.match(good.out, /traces: json at 127\.0\.0\.1:0[\s\S]*Hidden[\s\S]*customer_id[\s\S]*owners: rob, sam/)
  const json = await world.run('check', '--json')
  t.equal(JSON.parse(json.out).valid, true)
  t.notOk((good.out + json.out).includes('not-for-eyes'), 'no secrets')

  writeFileSync(world.file, 'gateway: gw\nspool: { max: lots }\n')
  const wrong = await world.run('check')
  t.equal(wrong.code, 2)
  t.match(wrong.err, `${world.file}:2:15: spool.max: expected a size`)
  t.equal(wrong.out, '')
  const machine = await world.run('check', '--json')
  t.equal(machine.code, 2)
  t.match(JSON.parse(machine.out), { valid: false, problems: [{ line: 2, column: 15, path: 'spool.max' }] })
  const refused = await world.run('start')
  t.equal(refused.code, 2, 'and nothing starts on it')

  const gone = await run(['check', '--config', join(world.data, 'gone.yaml')])
  t.equal(gone.code, 2)
  t.match(gone.err, /There is no config file[\s\S]*TW_CONFIG_MISSING/)
})

t.test('what keeps the daemon from starting is said to people', { timeout: 590_000 }, async (t) => {
  const world = await createWorld(t)
  const daemon = await world.start()
  const refused = async (code: RegExp, hint: string) => {
    const { code: exit, err, out } = await world.run('start')
    t.equal(exit, 1, hint)
    t.match(err, code, hint)
    t.ok(readable(err), err)
    t.equal(out, '')
  }
  await refused(/Process \d+ already writes[\s\S]*TW_SPOOL_LOCKED/, 'a second daemon on the same data')

  const config = readFileSync(world.file, 'utf8')
  const elsewhere = (text: string) => writeFileSync(world.file, text.replace(world.data, `${world.data}2`))
  elsewhere(
    config.replace('console: { listen: 127.0.0.1:0 }', `console: { listen: ${daemon.console.slice(7)} }`),
  )
  await refused(/TW_ADDRESS_IN_USE/, 'the console’s address is taken')
  elsewhere(config.replace('    listen: 127.0.0.1:0', `    listen: ${daemon.console.slice(7)}`))
  await refused(/TW_/, 'a door’s address is taken')
  writeFileSync(world.file, config.replace(world.data, world.file))
  await refused(/TW_DATA_UNUSABLE/, 'the data directory is none')

  writeFileSync(world.file, config)
  t.equal(await daemon.stop(), 0)
  const master = join(world.data, 'keys', 'master')
  const key = readFileSync(master)
  writeFileSync(master, key.subarray(0, 31))
  await refused(/expected 32 bytes, found 31[\s\S]*TW_KEYS_INVALID/, 'a key of the wrong length')
  writeFileSync(master, key)
  writeFileSync(join(world.data, 'keys', 'gw.key'), 'not a key')
  await refused(/gw\.key: expected a key in PEM[\s\S]*TW_KEYS_INVALID/, 'a key that is none')
})

t.test('a damaged store is not run on', { timeout: 590_000 }, async (t) => {
  const world = await createWorld(t)
  await world.token('ann')
  for (const more of ['', '-wal', '-shm'])
    writeFileSync(join(world.data, `store.db${more}`), more === '' ? 'this is no database '.repeat(500) : '')
  const { code, err } = await world.run('start')
  t.equal(code, 1)
  t.match(err, /TW_STORE_DAMAGED/)
  t.ok(readable(err), err)
})

const REVIEWERS = `approvals: { default_groups: [owners], groups: [{ name: owners, members: [rob, sam] }] }
identity: { users: [{ id: rob }, { id: sam }] }
`

t.test('reads that went round the gateway are told, recorded once, and make the answer no', async (t) => {
  const directory = t.testdir()
  const config = join(directory, 'tracewarden.yaml')
  const backend = '{ host: 127.0.0.1, database: traces, user: tracewarden, password: x, tls: "off" }'
  const connection = `{ name: warehouse, protocol: postgres, listen: 127.0.0.1:0, plaintext: true, backend: ${backend} }`
  writeFileSync(config, `data: ${directory}/data\nconnections: [${connection}]\n${REVIEWERS}`)
  const entry = (user: string, line_num: number) => ({
    timestamp: '2026-11-20 09:14:03.120 UTC',
    user,
    dbname: 'traces',
    remote_host: '10.9.9.9',
    session_id: '673da1.1a2b',
    line_num,
    message: 'AUDIT: SESSION,1,1,READ,SELECT,TABLE,public.spans,select,<none>',
  })
  const log = join(directory, 'log.json')
  const lines = [entry('ingest', 1), entry('kim', 2)].map((each) => JSON.stringify(each))
  writeFileSync(log, lines.join('\n'))
  const reconcile = (...more: string[]) =>
    run(['reconcile', '--config', config, '--format', 'pgaudit', log, ...more])
  const first = await reconcile('--expect', 'ingest')
  t.equal(first.code, 1, first.err)
  t.match(first.out, /kim from 10.9.9.9 read public.spans behind warehouse by another credential/)
  t.match(first.err, /2 entries, and 1 reads went round the gateway, 1 of them new/)
  const again = await reconcile('--expect', 'ingest', '--json')
  t.match(JSON.parse(again.out.trim().split('\n').at(-1)!), { around: 1, new: 0 })
  const none = await reconcile('--expect', 'ingest', 'kim')
  t.same([none.code, none.out], [0, ''], none.err)
})
