import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'libsql'
import t from 'tap'
import { as, createWorld, doorOf } from '../faults/world.ts'
import { eventually } from '../support/program.ts'
import { readable } from './readable.ts'

/** The program is started some fifteen times. */
t.setTimeout(600_000)

t.test('tokens, imports, replays and verification', { timeout: 590_000 }, async (t) => {
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

  await t.test('a person is erased once suspended, and the chain stays whole', async (t) => {
    const EVENT = /"id":"ann","name":"Ann Reader","roles":/
    const erase = (user: string) => world.run('erase', user, '--as', 'sam', '--reason', 'asked for', '--json')
    const [active, own] = await Promise.all([erase('ann'), erase('sam')])
    t.match([active.code, active.err], [1, /TW_ERASE_ACTIVE/])
    t.match([own.code, own.err], [1, /TW_ERASE_REFUSED/])
    const sam = as(await world.token('sam'))
    const suspended = await fetch(`${daemon.console}/api/v1/users/ann/suspend`, {
      method: 'POST',
      headers: { ...sam.headers, 'content-type': 'application/json' },
      body: '{"reason":"left"}',
    })
    t.equal(suspended.status, 200)
    t.equal(await daemon.stop(), 0)
    t.match(readFileSync(join(world.data, 'store.db'), 'latin1'), EVENT)
    const done = await erase('ann')
    t.equal(done.code, 0, done.err)
    t.match(JSON.parse(done.out), { user: 'ann', recordings: Number, events: Number })
    const db = new Database(join(world.data, 'store.db'))
    const left = db.prepare("select body from events where user = 'ann' and chain like 'gw~%'").all()
    db.close()
    t.ok(left.length > 0 && !/Ann Reader|127\.0\.0\.1/.test(JSON.stringify(left)))
    t.notMatch(readFileSync(join(world.data, 'store.db'), 'latin1'), EVENT)
  })

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
