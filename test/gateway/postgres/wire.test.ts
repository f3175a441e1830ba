import type pg from 'pg'
import t from 'tap'
import { replay } from '../../../gateway/recording/replay.ts'
import { house, SECRET, until } from './wire-house.ts'

t.test('statements through the door', async (t) => {
  const h = await house(t)
  const client = await h.connect()
  const row = `SELECT id, trace_id, model, tokens, input, attributes, raw, customer, account, tags, picture, start_time FROM spans`
  const masked = {
    id: 3,
    trace_id: 't3',
    model: 'model-0',
    tokens: 30,
    input: 'question 3 with [masked:aws-access-key-id]',
    attributes: { a: { k: '[masked:aws-access-key-id]' }, n: 3 },
    raw: { b: 'plain 3' },
    customer: '[masked:customer]',
    account: null,
    tags: ['one', '[masked:aws-access-key-id]'],
    picture: null,
    start_time: new Date('2026-11-01T00:03:00Z'),
  }

  await t.test('a simple query is masked by origin, content and type, and recorded', async (t) => {
    const { rows } = await client.query(`${row} WHERE id = 3`)
    t.strictSame(rows, [masked])
    const event = h.told('trace-read').at(-1)
    t.match(event, {
      event: { outcome: 'success' },
      user: { id: 'ann' },
      tracewarden: {
        connection: { protocol: 'postgres' },
        collection: 'public.spans',
        traces: { count: 1, ids: ['t3'], newest: '2026-11-01T00:03:00.000Z' },
        verdict: 'mask',
      },
    })
    t.strictSame(event?.tracewarden.fields?.sensitive, ['input'])
    t.notMatch(JSON.stringify(h.events), SECRET)
  })

  await t.test(
    'a decoy whose row was planted by hand is known by its id, and by its credential',
    async (t) => {
      const { id, bait } = h.decoys()[0]!
      const told = () => h.told('canary-read').map((e) => [e.event.outcome, e.user?.id, e.tracewarden.canary])
      await h.admin.query(
        'INSERT INTO spans (id, trace_id, start_time, input) VALUES (9000, $1, now(), $2)',
        [id, `the connection is ${bait!.value}`],
      )
      await client.query('SELECT input FROM spans WHERE id = 3')
      t.same(told(), [])
      const { rows } = await client.query('SELECT trace_id, input FROM spans WHERE id = 9000')
      t.match(rows, [{ trace_id: id }])
      t.match(told(), [['success', 'ann', { name: 'hr', kind: 'trace', decoy: id }]])
      const [password = ''] = bait!.marks
      await t.rejects(client.query(`SELECT count(*) FROM spans WHERE input LIKE '%${password}%'`))
      t.match(told()[1], ['failure', 'ann', { name: 'hr', kind: 'credential' }])
      await client.query('SELECT count(*) FROM spans WHERE trace_id = $1', [id]).catch(() => undefined)
      t.match(told()[2]?.[2], { kind: 'trace' }, 'whoever asks for its id has seen it')
      await t.rejects(h.connect({ password }), 'it opens nothing')
      await until(() => told().length > 3)
      t.match(told()[3], ['failure', '(unauthenticated)', { kind: 'credential' }])
      t.notOk(JSON.stringify(h.events).includes(password))
      await h.admin.query('DELETE FROM spans WHERE id = 9000')
    },
  )

  await t.test('prepared statements, in text and in binary format, are masked alike', async (t) => {
    for (const binary of [false, true]) {
      const query = { name: `row ${binary}`, text: `${row} WHERE id = $1`, values: [3], binary }
      for (let time = 0; time < 2; time++) {
        const [found] = (await client.query(query)).rows
        t.equal(found.customer, masked.customer)
        t.equal(found.account, null)
        t.equal(found.picture, null)
        t.equal(found.input, masked.input)
        t.notMatch(JSON.stringify(found), SECRET)
        t.equal(found.tokens, 30)
      }
    }
  })

  await t.test('many statements at once are answered in their order', async (t) => {
    const answers = await Promise.all(
      [1, 2, 3, 4].map((id) => client.query('SELECT id FROM spans WHERE id = $1', [id])),
    )
    t.strictSame(
      answers.map(({ rows }) => rows[0].id),
      [1, 2, 3, 4],
    )
  })

  await t.test('a portal that is fetched in parts counts as one reading', async (t) => {
    const before = h.told('trace-read').length
    const query: pg.QueryConfig & { rows: number } = {
      text: 'SELECT id, input FROM spans WHERE id <= $1 ORDER BY id',
      values: [5],
      rows: 2,
    }
    const { rows } = await client.query(query)
    t.equal(rows.length, 5)
    t.notMatch(JSON.stringify(rows), SECRET)
    const parts = h.told('trace-read').slice(before)
    t.equal(new Set(parts.map((event) => event.tracewarden.request?.id)).size, 1)
    t.equal(
      parts.reduce((sum, event) => sum + (event.tracewarden.traces?.count ?? 0), 0),
      5,
    )
  })

  await t.test('transactions, cursors and SQL’s own prepared statements', async (t) => {
    await client.query('BEGIN')
    await client.query('DECLARE c CURSOR FOR SELECT id, customer FROM spans ORDER BY id')
    t.strictSame((await client.query('FETCH 2 FROM c')).rows, [
      { id: 1, customer: '[masked:customer]' },
      { id: 2, customer: '[masked:customer]' },
    ])
    await client.query('CLOSE c')
    await client.query('COMMIT')
    await client.query('PREPARE p AS SELECT customer FROM spans WHERE id = $1')
    t.strictSame((await client.query('EXECUTE p(7)')).rows, [{ customer: '[masked:customer]' }])
    await client.query('DEALLOCATE p')
    await t.rejects(client.query('EXECUTE p(7)'))
  })

  await t.test(
    'a refused statement says why in PostgreSQL’s own form, and the session goes on',
    async (t) => {
      for (const values of [undefined, []]) {
        const text = `SELECT id FROM spans WHERE input LIKE '%AKIA%'`
        await t.rejects(client.query({ text, ...(values && { values, name: 'oracle' }) }), {
          code: '42501',
          message: /TW_SQL_ORACLE.*spans\.input/,
        })
      }
      t.match(h.told('trace-read').at(-1), {
        event: { outcome: 'failure' },
        tracewarden: { verdict: 'block', bypass: [/./] },
      })
      await t.rejects(client.query('ALTER TABLE spans DISABLE ROW LEVEL SECURITY'), { code: '42501' })
      t.match(h.told('policy-tamper').at(-1), { event: { outcome: 'failure' }, user: { id: 'ann' } })
      await t.rejects(client.query('SELECT 1; SELECT 2'), { code: '0A000' })
      t.strictSame((await client.query('SELECT 1 AS one')).rows, [{ one: 1 }])
    },
  )

  await t.test('errors of the server keep their SQLSTATE and lose their values', async (t) => {
    await t.rejects(client.query(`SELECT id FROM spans WHERE id = $1`, ['zz-not-a-number']), {
      code: '22P02',
      message: /^(?!.*zz-not).*TW_PG_BACKEND_ERROR/,
    })
    await t.rejects(client.query('SELECT 1 / (id - id) FROM spans'), { code: '22012' })
    t.equal((await client.query('SELECT id FROM spans WHERE id = 1')).rowCount, 1)
  })

  await t.test('rows beyond what is held go out in segments, each on record before it', async (t) => {
    const before = h.told('trace-read').length
    const { rows } = await client.query(`SELECT trace_id, body FROM wide WHERE trace_id = 'w1'`)
    t.equal(rows.length, 400)
    const told = h.told('trace-read').slice(before)
    const phases = told.map((event) => event.tracewarden.request?.phase)
    t.equal(phases[0], 'intent')
    t.ok(phases.filter((phase) => phase === 'segment').length > 4)
    t.equal(phases.at(-1), 'complete')
    const count = told.reduce((sum, event) => sum + (event.tracewarden.traces?.count ?? 0), 0)
    t.equal(count, 1)
  })

  await t.test('a view that is another one since the statement was prepared is not answered', async (t) => {
    const query = { name: 'view', text: 'SELECT id, model FROM models WHERE id = 1' }
    t.strictSame((await client.query(query)).rows, [{ id: 1, model: 'model-1' }])
    await h.admin.query('CREATE OR REPLACE VIEW models AS SELECT id, trace_id, customer AS model FROM spans')
    await t.rejects(client.query(query), { message: /TW_PG_CHANGED|TW_SQL_|not what the statement/ })
    const after = await client
      .query({ text: 'SELECT id, model FROM models WHERE id = 1' })
      .catch(() => undefined)
    t.notMatch(JSON.stringify(after?.rows ?? []), 'customer-1')
    await h.admin.query('CREATE OR REPLACE VIEW models AS SELECT id, trace_id, model FROM spans')
  })

  await t.test('a column that took another’s name is not shown in its place', async (t) => {
    const query = { name: 'swapped', text: 'SELECT id, model FROM spans WHERE id = 1' }
    t.equal((await client.query(query)).rows[0].model, 'model-1')
    await h.admin.query('ALTER TABLE spans RENAME model TO old; ALTER TABLE spans RENAME customer TO model')
    await t.rejects(client.query(query))
    await h.admin.query('ALTER TABLE spans RENAME model TO customer; ALTER TABLE spans RENAME old TO model')
  })

  await t.test('what was shown is replayed', async (t) => {
    const other = await h.connect({ application_name: 'replayed' })
    await other.query('SELECT id, customer, input FROM spans WHERE id = 2')
    const session = h.events.at(-1)?.tracewarden.session.id ?? ''
    await other.end()
    await until(() => h.told('session-end').some((event) => event.tracewarden.session.id === session))
    t.match(h.told('session-end').at(-1), {
      tracewarden: { session: { end: 'client', requests: 1, traces: 1 } },
    })
    const steps = []
    for await (const step of (await replay(h.recorder, session)).steps) steps.push(step)
    t.match(steps, [
      {
        method: 'SQL',
        path: /FROM spans WHERE id = 2/,
        text: 'id,customer,input\n2,[masked:customer],question 2 with [masked:aws-access-key-id]\n',
      },
    ])
  })

  await t.test('a statement is cancelled by the key of its own client only', async (t) => {
    const slow = await h.connect()
    const running = slow.query('SELECT count(*) FROM generate_series(1, 2000000000)')
    running.catch(() => undefined)
    const { processID, secretKey } = Object(slow)
    await until(
      async () =>
        (
          await h.admin.query(
            `SELECT FROM pg_stat_activity WHERE query LIKE '%2000000000%' AND pid <> pg_backend_pid()`,
          )
        ).rowCount === 1,
    )
    for (const key of [secretKey ^ 1, secretKey]) {
      const socket = await h.raw()
      const packet = Buffer.alloc(16)
      packet.writeInt32BE(16, 0)
      packet.writeInt32BE(80877102, 4)
      packet.writeInt32BE(processID, 8)
      packet.writeInt32BE(key, 12)
      socket.resume().end(packet)
      await new Promise((resolve) => socket.once('close', resolve))
    }
    await t.rejects(running, { code: '57014', message: /TW_PG_CANCELLED/ })
    t.equal((await slow.query('SELECT 1')).rowCount, 1)
  })

  await t.test('what cannot be recorded is not shown', async (t) => {
    h.failDisk((draft) => draft.event.action === 'trace-read')
    await t.rejects(client.query('SELECT id, input FROM spans WHERE id = 1'), {
      code: '53100',
      message: /TW_DOOR_UNRECORDED/,
    })
    h.failDisk(undefined)
    t.equal((await client.query('SELECT id, input FROM spans WHERE id = 1')).rowCount, 1)
  })

  await t.test('suspension ends what is open', async (t) => {
    const bob = await h.connect({ user: 'bob', password: await h.token('bob') })
    t.equal((await bob.query('SELECT 1')).rowCount, 1)
    const ended = new Promise((resolve) => bob.once('error', resolve))
    await h.identity.suspend('bob', 'ann', 'test')
    t.match(await ended, { message: /TW_AUTH_SUSPENDED|terminated/ })
    await t.rejects(h.connect({ user: 'bob', password: await h.token('bob') }), { code: '28000' })
  })

  await t.test('a session at the database that ends takes its client along, and says so', async (t) => {
    const doomed = await h.connect()
    await doomed.query('SELECT 1')
    const ended = new Promise<Error>((resolve) => doomed.once('error', resolve))
    const running = doomed.query('SELECT count(*) FROM generate_series(1, 2000000000)')
    await until(async () => {
      const found = await h.admin.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%2000000000%' AND pid <> pg_backend_pid()`,
      )
      return (found.rowCount ?? 0) > 0
    })
    await t.rejects(running, { code: /^(08006|57P01)$/ })
    await ended
  })
  t.strictSame(
    h.logged.filter((line) => line.includes('unexpectedly')),
    [],
  )
})
