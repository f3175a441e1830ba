import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'libsql'
import t from 'tap'
import { as, createWorld, doorOf } from '../faults/world.ts'
import { eventually, run } from '../support/program.ts'

/** The program is started some thirty times. */
t.setTimeout(600_000)

/** A person reads these: what happened, what to do, and never a stack. */
const readable = (err: string) => !/\n\s+at /.test(err)

t.test('wrong use is 2, help is 0, and both say how it goes', { timeout: 300_000 }, async (t) => {
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

t.test('check', { timeout: 300_000 }, async (t) => {
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

t.test('tokens, imports, replays and verification', { timeout: 300_000 }, async (t) => {
  const world = await createWorld(t)
  const early = await world.token('ann')
  const daemon = await world.start()
  const door = await doorOf(daemon)
  const read = (token: string) => fetch(`${door}/traces/${world.traces[0]!.trace_id}`, as(token))
  t.equal((await read(early)).status, 200, 'made before the daemon ran')

  await t.test('a token made beside the daemon works, and no more once revoked', async (t) => {
    const made = await world.run('token', 'create', '--user', 'ann', '--label', 'laptop', '--json')
    const { id, secret } = JSON.parse(made.out)
    t.equal((await read(secret)).status, 200)
    t.equal((await world.run('token', 'revoke', id)).code, 0)
    await eventually(async () => ((await read(secret)).status === 401 ? true : undefined), 'the revocation')
    const listed = await world.run('token', 'list', '--user', 'ann')
    t.match(listed.out, new RegExp(`${id}\\tann\\t.*revoked .*\\tlaptop`))
    t.notOk(listed.out.includes(secret))
    const unknown = await world.run('token', 'revoke', 'tok_nothing')
    t.equal(unknown.code, 1)
    t.ok(readable(unknown.err) && /TW_AUTH_TOKEN_UNKNOWN/.test(unknown.err), unknown.err)
    const nobody = await world.run('token', 'create', '--user', 'nobody')
    t.equal(nobody.code, 1)
    t.match(nobody.err, /TW_AUTH_USER_UNKNOWN/)
  })

  await t.test('past events are imported; what is none is set aside with its place', async (t) => {
    const file = join(t.testdir(), 'past.ndjson')
    const event = {
      '@timestamp': '2026-01-05T10:00:00Z',
      event: { id: 'past-1', kind: 'event', action: 'trace-read', outcome: 'success' },
      user: { id: 'ann' },
      tracewarden: { session: { id: 's-past' }, traces: { count: 1 } },
    }
    writeFileSync(file, `${JSON.stringify(event)}\n`)
    const good = await world.run('import', file, '--json')
    t.equal(good.code, 0, good.err)
    t.match(JSON.parse(good.out), { created: 1, duplicates: 0 })
    writeFileSync(file, `${JSON.stringify(event)}\nnothing\n`)
    const bad = await world.run('import', file)
    t.equal(bad.code, 1)
    t.match(bad.err, /past\.ndjson:2: [\s\S]*1 were there already[\s\S]*1 were set aside in .*import-rejects/)
  })

  await t.test('a recording is opened by those who may, for a reason, and it is on record', async (t) => {
    const sam = await world.token('sam')
    const get = async (path: string) => {
      const answer = await fetch(`${daemon.console}/api/v1${path}`, as(sam))
      return (await answer.json()) as {
        sessions: { session: string }[]
        events: {
          event: { outcome: string }
          tracewarden: { person: { credential: string; actor: string } }
        }[]
      }
    }
    const { session } = await eventually(
      async () => (await get('/sessions?user=ann')).sessions[0],
      'what ann read, in the store',
    )
    const replay = (user: string, reason: string, which = session) =>
      world.run('replay', which, '--as', user, '--reason', reason)
    for (const [code, status, answer] of [
      ['TW_RECORDING_ROLE', 1, await replay('ann', 'curious')],
      ['TW_USER_UNKNOWN', 2, await replay('nobody', 'curious')],
      ['TW_RECORDING_NONE', 1, await replay('sam', 'looking', 's-none')],
    ] as const) {
      t.match(answer.err, code)
      t.equal(answer.code, status, code)
      t.ok(readable(answer.err), answer.err)
      t.equal(answer.out, '')
    }
    t.equal((await replay('sam', 'case 17')).code, 0)
    const events = await eventually(async () => {
      const found = (await get('/events?action=review-replay&outcome=success')).events
      return found.length > 0 ? found : undefined
    }, 'the replay on record')
    t.match(events, [{ tracewarden: { person: { credential: /^cli:\w+/, actor: /^cli:\w+/ } } }])
  })

  t.equal(await daemon.stop(), 0)
  const whole = await world.run('verify', '--json')
  t.equal(whole.code, 0, whole.out)

  const db = new Database(join(world.data, 'store.db'))
  db.prepare(
    `update events set body = replace(body, '"success"', '"failure"') where chain like 'gw~%' and sequence = 2`,
  ).run()
  db.prepare(`delete from events where chain like 'gw~%' and sequence = 3`).run()
  db.close()
  const broken = await world.run('verify')
  t.equal(broken.code, 1)
  t.match(broken.err, /gw~\w+ at 2: altered: [\s\S]*gw~\w+ at 3: missing: [\s\S]*NOT whole/)
})

t.test('what keeps the daemon from starting is said to people', { timeout: 300_000 }, async (t) => {
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

t.test('a damaged store is not run on', { timeout: 300_000 }, async (t) => {
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
