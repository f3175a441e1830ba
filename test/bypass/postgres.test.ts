import type pg from 'pg'
import t from 'tap'
import { loadCatalogue } from '../../gateway/doors/postgres/catalogue/load.ts'
import { ATTACKS } from '../gateway/postgres/attacks.ts'
import { HONEST } from '../gateway/postgres/honest.ts'
import { house } from '../gateway/postgres/wire-house.ts'
import {
  CREDENTIAL,
  furnish,
  HIDDEN,
  MAKE_READER,
  MASKING,
  PASSWORD,
  queryOf,
  tablesOf,
} from '../gateway/postgres/world.ts'
import { WIRE } from './corpus/wire.ts'

/** The statements' own tests judge them one by one; here they go through the whole door, by a usual client. */
const tables = tablesOf(undefined)
let definition: string | undefined
const h = await house(t, {
  async furnish(admin) {
    await admin.query(MAKE_READER)
    await furnish(admin)
    definition = (await loadCatalogue(queryOf(admin))).relation('public', 'span_reviewed')?.definition?.hash
    tables.splice(0, tables.length, ...tablesOf(definition))
  },
  connection: { tables, functions: ['public.bucket(integer)'], plaintext: true },
  backend: { user: 'reader', password: PASSWORD },
  masking: MASKING,
  policy: {
    builtin: { approve_multiple: false },
    limits: { max_traces: 1e6, window_approval: 1e6, window_block: 1e6 },
  },
})

const variants = (secret: string) => [
  secret,
  [...secret].reverse().join(''),
  Buffer.from(secret).toString('hex'),
  Buffer.from(secret).toString('base64').replace(/=+$/, ''),
]
const [zebra = '', walrus = '', customer = ''] = HIDDEN
const SECRETS = [zebra, walrus, CREDENTIAL].flatMap(variants)
const CUSTOMER = new RegExp(`\\b${customer}\\b`)
const leakOf = (text: string) => SECRETS.find((secret) => text.includes(secret)) ?? CUSTOMER.exec(text)?.[0]

/** All that a client is told: rows, names, notices and every field of an error. */
async function ask(
  client: pg.Client,
  sql: string,
): Promise<{ told: string; code?: string; message?: string }> {
  const notices: unknown[] = []
  const note = (notice: unknown) => notices.push(notice)
  client.on('notice', note)
  try {
    const result = await client.query({ text: sql, rowMode: 'array' })
    const all = [result].flat()
    return { told: JSON.stringify([all.map(({ fields, rows }) => [fields, rows]), notices]) }
  } catch (error) {
    const { message, code, ...rest } = error as pg.DatabaseError
    const told = JSON.stringify([message, code, rest, notices])
    return { told, message, ...(code === undefined ? {} : { code }) }
  } finally {
    client.off('notice', note)
  }
}

t.test('no statement of the corpus gets a secret through the door, and honest ones pass', async (t) => {
  const leaks: string[] = []
  const served: string[] = []
  let attacks = 0
  let client = await h.connect()
  for (const [sql, end] of Object.values(ATTACKS).flat()) {
    attacks++
    const { told, code } = await ask(client, sql)
    const leak = leakOf(told)
    if (leak) leaks.push(`${sql}: ${told.slice(0, 400)}`)
    if (end !== 'masked' && code === undefined) served.push(sql)
    // A statement may have changed the session, or ended it.
    await client.query('ROLLBACK').catch(() => undefined)
    const alive = await client.query('SELECT 1').then(
      () => true,
      () => false,
    )
    if (!alive) client = await h.connect()
  }
  for (const { name, tried, refused } of WIRE) {
    attacks++
    const { text, failed } = await tried(h)
    if (leakOf(text)) leaks.push(`${name}: ${text.slice(0, 400)}`)
    if (refused && !failed) served.push(name)
  }
  const refused: string[] = []
  client = await h.connect()
  for (const sql of HONEST) {
    const { message } = await ask(client, sql)
    if (message !== undefined) refused.push(`${sql}: ${message}`)
  }
  t.strictSame(leaks, [])
  t.strictSame(served, [], 'what must be refused')
  t.strictSame(refused, [], 'what must pass')
  t.notMatch(
    JSON.stringify(h.events),
    new RegExp([zebra, walrus, CREDENTIAL].join('|')),
    'nor into the events',
  )
  t.comment(
    `attacks ${attacks}, leaks ${leaks.length + served.length}, false refusals ${refused.length} of ${HONEST.length} honest queries`,
  )
})
