import { once } from 'node:events'
import type pg from 'pg'
import type { house } from '../../gateway/postgres/wire-house.ts'

/** What goes on beside statements on PostgreSQL's wire: how a session begins, what changes under it, whose it is. */
export interface WireAttack {
  rows: readonly number[]
  name: string
  /** All that the attacker is told, flat; `refused` where it must end in an error. */
  tried: (house: House) => Promise<Told>
  refused?: true
}

type House = Awaited<ReturnType<typeof house>>
interface Told {
  text: string
  failed: boolean
}

const SSL_REQUEST = 80877103
const GSS_REQUEST = 80877104
const CANCEL_REQUEST = 80877102

const told = async (asking: Promise<unknown>): Promise<Told> =>
  asking.then(
    (value) => ({ text: JSON.stringify(value), failed: false }),
    (error: unknown) => ({
      text: error instanceof Error ? `${error.message} ${JSON.stringify(error)}` : String(error),
      failed: true,
    }),
  )
const rowsOf = async (asking: Promise<pg.QueryResult>) => (await asking).rows

/** A session that begins with options of its own, and one statement in it. */
const startup = (options: string, sql = 'SELECT api_key, notes FROM spans'): WireAttack => ({
  rows: [32],
  name: `startup: ${options}`,
  refused: true,
  tried: (house) =>
    told(
      house.connect({ options }).then(async (client) => {
        const rows = await rowsOf(client.query(sql))
        await client.end()
        return rows
      }),
    ),
})

const setting = (sql: string): WireAttack => ({
  rows: [32],
  name: sql,
  refused: true,
  tried: (house) => alone(house, (client) => rowsOf(client.query(sql))),
})

async function alone(house: House, act: (client: pg.Client) => Promise<unknown>): Promise<Told> {
  const client = await house.connect()
  try {
    return await told(act(client))
  } finally {
    await client.end().catch(() => undefined)
  }
}

/** A statement is prepared and run, the catalogue changes under it, and it is run again. */
const swapped = (name: string, sql: string, change: string, back: string, path?: string): WireAttack => ({
  rows: [33],
  name,
  tried: (house) =>
    alone(house, async (client) => {
      const before = await rowsOf(client.query({ name: 'kept', text: sql }))
      await house.admin.query(change)
      try {
        if (path) await client.query(path)
        return [before, await rowsOf(client.query({ name: 'kept', text: sql }))]
      } finally {
        await house.admin.query(back)
      }
    }),
})

/** Bytes as they are; what comes back until the door hangs up or has been silent. */
async function raw(house: House, bytes: Buffer): Promise<string> {
  const socket = await house.raw()
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  socket.setTimeout(300, () => socket.destroy())
  socket.write(bytes)
  await once(socket, 'close')
  return Buffer.concat(chunks).toString('latin1')
}

const packet = (code: number, ...rest: number[]) => {
  const bytes = Buffer.alloc(8 + 4 * rest.length)
  bytes.writeUInt32BE(bytes.length, 0)
  bytes.writeUInt32BE(code, 4)
  for (const [i, value] of rest.entries()) bytes.writeInt32BE(value, 8 + 4 * i)
  return bytes
}
const STARTUP = (() => {
  const text = Buffer.from('user\0ann\0database\0postgres\0\0')
  const head = packet(196608)
  head.writeUInt32BE(head.length + text.length, 0)
  return Buffer.concat([head, text])
})()
const password = (token: string) => {
  const text = Buffer.from(`p\0\0\0\0${token}\0`)
  text.writeUInt32BE(text.length - 1, 1)
  return text
}
const query = (sql: string) => {
  const text = Buffer.from(`Q\0\0\0\0${sql}\0`)
  text.writeUInt32BE(text.length - 1, 1)
  return text
}

/** What stands behind a request for encryption was put there by whoever could: none of it may be answered. */
const stuffed = (name: string, code: number): WireAttack => ({
  rows: [46],
  name,
  refused: true,
  async tried(house) {
    const rest = [STARTUP, password(house.ann), query('SELECT 1 AS stuffed')]
    const text = await raw(house, Buffer.concat([packet(code), ...rest]))
    return { text, failed: !text.includes('stuffed') }
  },
})

export const WIRE: readonly WireAttack[] = [
  startup('-c standard_conforming_strings=off', "SELECT '\\', api_key, ' FROM spans -- '"),
  startup('-c client_encoding=SJIS'),
  startup('-c client_encoding=GBK'),
  startup('-c backslash_quote=on -c escape_string_warning=off'),
  startup('-c session_preload_libraries=auto_explain'),
  startup('-c row_security=off'),
  startup('-c lc_messages=C -c log_min_messages=debug5 -c client_min_messages=debug5'),
  startup('-c role=postgres'),
  setting('SET standard_conforming_strings = off'),
  setting("SET client_encoding = 'SJIS'"),
  setting('RESET ALL; SET standard_conforming_strings TO off'),
  swapped(
    'an expression of a view that becomes another between two runs',
    'SELECT double_tokens FROM span_list WHERE id = 3',
    'CREATE OR REPLACE VIEW span_list AS SELECT id, trace_id, name, start_time AS began, output AS o, customer_id AS double_tokens FROM spans',
    'CREATE OR REPLACE VIEW span_list AS SELECT id, trace_id, name, start_time AS began, output AS o, tokens * 2 AS double_tokens FROM spans',
  ),
  swapped(
    'a view that becomes another between two runs',
    'SELECT name FROM span_list WHERE id = 3',
    'CREATE OR REPLACE VIEW span_list AS SELECT id, trace_id, api_key AS name, start_time AS began, output AS o, tokens * 2 AS double_tokens FROM spans',
    'CREATE OR REPLACE VIEW span_list AS SELECT id, trace_id, name, start_time AS began, output AS o, tokens * 2 AS double_tokens FROM spans',
  ),
  swapped(
    'a table of the same name in front of it',
    'SELECT name FROM spans WHERE id = 3',
    'CREATE SCHEMA shadow; CREATE VIEW shadow.spans AS SELECT id, api_key AS name FROM public.spans; GRANT USAGE ON SCHEMA shadow TO reader; GRANT SELECT ON shadow.spans TO reader',
    'DROP SCHEMA shadow CASCADE',
    'SET search_path = shadow, public',
  ),
  stuffed('bytes behind the request for TLS', SSL_REQUEST),
  stuffed('bytes behind the request for GSS', GSS_REQUEST),
  {
    rows: [46],
    name: 'another’s cancel key',
    async tried(house) {
      const theirs = await house.connect()
      const { processID } = theirs as pg.Client & { processID: number }
      const running = rowsOf(theirs.query('SELECT id, api_key, output, notes FROM spans'))
      for (let secret = 0; secret < 8; secret++)
        await raw(house, packet(CANCEL_REQUEST, processID, secret)).catch(() => '')
      const end = await told(running)
      await theirs.end()
      if (end.failed) throw new Error(`it was cancelled: ${end.text}`)
      return end
    },
  },
  {
    rows: [46, 33],
    name: 'what somebody before left in the session',
    async tried(house) {
      const one = await house.connect()
      await one.query('PREPARE theirs AS SELECT api_key FROM spans')
      await one.query('SET search_path = app')
      await one.end()
      const bob = await house.token('bob')
      const two = await house.connect({ user: 'bob', password: bob })
      const path = await rowsOf(two.query('SHOW search_path'))
      const left = await told(rowsOf(two.query('EXECUTE theirs')))
      await two.end()
      if (!left.failed || JSON.stringify(path).includes('app')) throw new Error('a session was handed on')
      return { ...left, text: `${JSON.stringify(path)} ${left.text}` }
    },
  },
]
