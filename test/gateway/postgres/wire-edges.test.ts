import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'
import t from 'tap'
import { systemRandom } from '../../../core/random.ts'
import { inspectPostgres, postgresConnection } from '../../../gateway/port.ts'
import fc from '../../support/properties.ts'
import { house, READER, SECRET, until } from './wire-house.ts'

const exec = promisify(execFile)
const TEXT = 'SELECT trace_id, input FROM spans WHERE id IN (1, 2) ORDER BY id'

t.test('the edges of the wire', async (t) => {
  const h = await house(t, {
    policy: {
      // A COPY is an export.
      builtin: { block_export: false },
      limits: { max_traces: 300, window_approval: 100_000, window_block: 100_000 },
    },
    connection: { hold: '5m' },
  })
  const client = await h.connect()
  const notices: (string | undefined)[] = []
  client.on('notice', (notice) => notices.push(notice.message))
  const pending = async () => (await h.approvals.list({ status: 'pending', limit: 10 })).approvals
  const approve = async () => {
    await until(async () => (await pending()).length > 0)
    const [approval] = await pending()
    return h.approvals.decide(approval?.id ?? '', h.reviewer, {
      decision: 'approve',
      reason: 'a bug hunt',
      via: 'console',
    })
  }

  await t.test(
    'a statement that needs an approval waits without a transaction and goes on by itself',
    async (t) => {
      const running = client.query(TEXT)
      await approve()
      const { rows } = await running
      t.strictSame(
        rows.map((row) => row.trace_id),
        ['t1', 't2'],
      )
      t.notMatch(JSON.stringify(rows), SECRET)
      t.match(notices.at(-1), /needs an approval/)
      t.match(h.told('trace-read').at(-1), {
        tracewarden: { approval: { grant: /./ }, traces: { count: 2 } },
      })
    },
  )

  await t.test(
    'the same as the first statement of a transaction, which is open again after the wait',
    async (t) => {
      await client.query('BEGIN')
      const running = client.query({ text: TEXT.replace('1, 2', '3, 4'), values: [] })
      await until(async () => (await pending()).length > 0)
      const open = async () =>
        await h.admin.query(
          `SELECT FROM pg_stat_activity WHERE usename = 'reader' AND state LIKE 'idle in transaction%'`,
        )
      await until(async () => (await open()).rowCount === 0)
      await approve()
      t.equal((await running).rowCount, 2)
      const { rows } = await client.query('SELECT count(*) FROM spans')
      t.equal(rows.length, 1)
      // In the midst of a transaction nothing may be kept open: the approval is asked for, and said.
      await t.rejects(client.query(TEXT.replace('1, 2', '5, 6')), {
        code: '42501',
        message: /TW_DOOR_APPROVAL_PENDING/,
        detail: /^approval apr_/,
      })
      await client.query('ROLLBACK')
      await approve()
      t.equal((await client.query(TEXT.replace('1, 2', '5, 6'))).rowCount, 2)
    },
  )

  await t.test('more than is held is looked through, asked for, and run again', async (t) => {
    const running = client.query('SELECT trace_id, body FROM wide WHERE id > 1000 AND id < 1250')
    const approval = await approve()
    t.equal(approval.traces.count, 248)
    t.equal((await running).rowCount, 248)
  })

  await t.test('beyond the limit it is stopped on the way, whatever anybody approves', async (t) => {
    await t.rejects(client.query('SELECT id, body FROM wide'), {
      code: '42501',
      message: /TW_POLICY_TOO_MANY/,
    })
    t.equal((await client.query('SELECT 1')).rowCount, 1)
  })

  await t.test('nobody without a credential, nothing that changes how statements are read', async (t) => {
    await t.rejects(h.connect({ password: 'not-a-token' }), { code: '28P01' })
    await t.rejects(h.connect({ database: 'template1' }), { code: '3D000' })
    await t.rejects(h.connect({ options: '-c standard_conforming_strings=off' }), { code: '22023' })
    await t.rejects(h.connect({ options: '-c session_preload_libraries=x' }), { code: '22023' })
    await t.rejects(h.connect({ options: '-c client_encoding=SJIS' }), { code: '22023' })
    t.match(h.told('auth-failure')[0], { event: { outcome: 'failure', reason: /^TW_AUTH_/ } })
    const path = await h.connect({ options: '-c search_path=public' })
    t.equal((await path.query('SELECT id FROM spans WHERE id = 1')).rowCount, 1)
  })

  await t.test('psql lists tables, copies masked rows, and is told no in its own way', async (t) => {
    const psql = async (...commands: string[]) => {
      const args = ['-X', '-v', 'ON_ERROR_STOP=1', ...commands.flatMap((command) => ['-c', command])]
      const env = { ...process.env, PGPASSWORD: h.ann, PGHOST: '127.0.0.1', PGPORT: String(h.port()) }
      return exec('psql', [...args, 'dbname=postgres user=ann'], { env }).catch((error: unknown) =>
        Object(error),
      )
    }
    const found = await psql('SELECT 1').catch(() => ({ code: 'ENOENT' }))
    if (found.code === 'ENOENT') {
      t.comment('NOT RUN: psql is not here; apt-get install postgresql-client')
      return
    }
    t.match((await psql('\\d spans')).stdout, /customer +\| text/)
    t.match((await psql('\\dt')).stdout, /spans/)
    const shown = await psql('SELECT id, customer, input FROM spans WHERE id = 7')
    t.match(shown.stdout, /\[masked:customer\].*\[masked:aws-access-key-id\]/)
    for (const form of ['', ' WITH (FORMAT csv, HEADER)']) {
      const copied = await psql(
        `\\copy (SELECT trace_id, customer, input, attributes FROM spans WHERE id = 8) to stdout${form}`,
      )
      t.match(
        copied.stdout,
        /t8.*\[masked:customer\].*\[masked:aws-access-key-id\].*masked:aws-access-key-id/,
      )
      t.equal(copied.stderr, '')
      t.notMatch(copied.stdout, SECRET)
    }
    t.match((await psql('COPY spans FROM STDIN')).stderr, /TW_SQL_/)
    t.match((await psql('EXPLAIN SELECT id FROM spans')).stderr, /TW_SQL_EXPLAIN/)
  })

  await t.test('messages that are none end their own connection only', async (t) => {
    const startup = startupPacket()
    await fc.assert(
      fc.asyncProperty(
        fc.boolean(),
        fc.oneof(
          fc.uint8Array({ minLength: 1, maxLength: 64 }),
          fc
            .tuple(fc.constantFrom(...'BCDEFHPQSXdcfp'), fc.uint8Array({ maxLength: 40 }))
            .map(([type, body]) => framed(type, body)),
        ),
        async (begun, bytes) => {
          const socket = await h.raw()
          let heard = Buffer.alloc(0)
          socket.on('data', (chunk: Buffer) => {
            heard = Buffer.concat([heard, chunk])
          })
          if (begun) socket.write(startup)
          socket.end(bytes)
          await once(socket, 'close')
          // A request for the password, perhaps, and then an error; never that somebody is in.
          return !heard.includes(Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0]))
        },
      ),
      { numRuns: 40 },
    )
    t.equal((await client.query('SELECT 1')).rowCount, 1)
  })

  await t.test('the same of a client that is signed in', async (t) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom(...'BCDEFHPQSdcf'), fc.uint8Array({ maxLength: 40 })), {
          minLength: 1,
          maxLength: 4,
        }),
        async (messages) => {
          const socket = await h.raw()
          let heard = Buffer.alloc(0)
          socket.on('data', (chunk: Buffer) => {
            heard = Buffer.concat([heard, chunk])
          })
          socket.write(startupPacket())
          socket.write(framed('p', Buffer.from(`${h.ann}\0`)))
          await until(() => heard.includes(Buffer.from([0x5a, 0, 0, 0, 5])))
          for (const [type, body] of messages) socket.write(framed(type, body))
          socket.end(framed('X', new Uint8Array(0)))
          await once(socket, 'close')
          return !heard.includes(SECRET)
        },
      ),
      { numRuns: 25 },
    )
    t.equal((await client.query('SELECT 1')).rowCount, 1)
    t.strictSame(
      h.logged.filter((line) => line.includes('unexpectedly')),
      [],
    )
  })

  await t.test('a role that may do more than read is not used, and check says so', async (t) => {
    const connection = postgresConnection.parse({
      name: 'warehouse',
      protocol: 'postgres',
      listen: '127.0.0.1:0',
      backend: { host: h.postgres.host, port: h.postgres.port, database: 'postgres', ...READER, tls: 'off' },
    })
    t.strictSame(await inspectPostgres(connection, systemRandom), { reached: true })
    for (const power of ['BYPASSRLS', 'CREATEROLE']) {
      await h.admin.query(`ALTER ROLE reader ${power}`)
      t.match((await inspectPostgres(connection, systemRandom)).problem, { code: 'TW_PG_BACKEND_ROLE' })
      await h.admin.query(`ALTER ROLE reader NO${power}`)
    }
    const wrong = { ...connection, backend: { ...connection.backend, password: 'wrong' } }
    t.match((await inspectPostgres(wrong, systemRandom)).problem, { code: 'TW_PG_BACKEND_AUTH' })
    const away = { ...connection, backend: { ...connection.backend, port: 1 } }
    t.match(await inspectPostgres(away, systemRandom), { reached: false })
  })

  await t.test('function calls by message are refused, and the session goes on', async () => {
    const socket = await h.raw()
    let heard = Buffer.alloc(0)
    socket.on('data', (chunk: Buffer) => {
      heard = Buffer.concat([heard, chunk])
    })
    socket.write(startupPacket())
    socket.write(framed('p', Buffer.from(`${h.ann}\0`)))
    await until(() => heard.includes(Buffer.from([0x5a, 0, 0, 0, 5])))
    socket.write(framed('F', Buffer.alloc(10)))
    await until(() => heard.includes('TW_PG_FUNCTION_CALL'))
    socket.write(framed('Q', Buffer.from('SELECT 1 AS still\0')))
    await until(() => heard.includes('still'))
    socket.destroy()
  })
})

function framed(type: string, body: Uint8Array): Buffer {
  const head = Buffer.alloc(5)
  head.write(type)
  head.writeUInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}

function startupPacket(): Buffer {
  const body = Buffer.from('user\0ann\0database\0postgres\0\0')
  const head = Buffer.alloc(8)
  head.writeUInt32BE(body.length + 8)
  head.writeUInt32BE(3 << 16, 4)
  return Buffer.concat([head, body])
}
