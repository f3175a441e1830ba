import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import pg from 'pg'
import type { Test } from 'tap'
import {
  approvalsConfig,
  connectionConfig,
  type GatewayConfig,
  identityConfig,
  maskingConfig,
  policyConfig,
  recordingConfig,
} from '../../../gateway/port.ts'
import { createWitness, startWholeGateway } from '../../support/gateway.ts'
import { type Postgres, startPostgres } from '../../support/postgres.ts'
import { testRandom } from '../../support/random.ts'

const random = testRandom('wire')

/** A credential that the built-in rules know. */
export const SECRET = 'AKIA' + 'TESTTESTTESTTEST'
export const READER = { user: 'reader', password: 'not-a-real-' + 'reader' }

export const SCHEMA = `
CREATE TABLE spans (id int PRIMARY KEY, trace_id text NOT NULL, start_time timestamptz NOT NULL, model text, tokens int,
  input text, attributes jsonb, raw json, customer text, account int, tags text[], picture bytea);
INSERT INTO spans SELECT i, 't' || i, '2026-11-01T00:00:00Z'::timestamptz + i * interval '1 minute', 'model-' || i % 3, i * 10,
  'question ' || i || ' with ${SECRET}', jsonb_build_object('a', jsonb_build_object('k', '${SECRET}'), 'n', i),
  json_build_object('b', 'plain ' || i), 'customer-' || i, 1000 + i, ARRAY['one', '${SECRET}'], '\\x00ff'::bytea
  FROM generate_series(1, 40) i;
CREATE TABLE wide (id int PRIMARY KEY, trace_id text NOT NULL, body text);
INSERT INTO wide SELECT i, 'w1', repeat('lorem ipsum ' || i || ' ', 400) FROM generate_series(1, 400) i;
INSERT INTO wide SELECT 1000 + i, 'w' || i, repeat('dolor sit amet ' || i || ' ', 400) FROM generate_series(2, 400) i;
CREATE TABLE counters (name text PRIMARY KEY, n int);
INSERT INTO counters VALUES ('a', 1), ('b', 2);
CREATE VIEW models AS SELECT id, trace_id, model FROM spans;
CREATE ROLE ${READER.user} LOGIN PASSWORD '${READER.password}';
GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${READER.user};
`

const TABLES = [
  { name: 'public.spans', trace_id: 'trace_id', time: 'start_time', structural: ['model'] },
  { name: 'public.models', trace_id: 'trace_id', structural: ['model'] },
  { name: 'public.wide', trace_id: 'trace_id' },
  { name: 'public.counters', structural: ['name'] },
]

export interface HouseOptions {
  connection?: Record<string, unknown>
  policy?: Record<string, unknown>
  /** The server's own flags. */
  flags?: readonly string[]
  /** Makes other tables than the usual ones. */
  furnish?: (admin: pg.Client) => Promise<void>
  masking?: Record<string, unknown>
  backend?: Record<string, unknown>
  /** Other people than the usual ones, or providers. */
  identity?: Record<string, unknown>
}

/** A real PostgreSQL 18 with a few traces, and the whole gateway of real parts in front of it. */
export async function house(t: Test, options: HouseOptions = {}) {
  let close = async () => {}
  t.teardown(() => close())
  const postgres: Postgres = await startPostgres(options.flags)
  const admin = await postgres.connect()
  await (options.furnish ?? ((client) => client.query(SCHEMA)))(admin)
  const { host, port } = postgres
  const backend = { host, port, database: 'postgres', ...READER, tls: 'off', ...options.backend }
  const connection = connectionConfig.parse({
    name: 'warehouse',
    protocol: 'postgres',
    listen: '127.0.0.1:0',
    hold: '200ms',
    tables: TABLES,
    backend,
    ...options.connection,
  })
  const config: GatewayConfig = {
    identity: identityConfig.parse({
      users: [
        { id: 'ann', email: 'ann@example.com', roles: ['ml-engineer'] },
        { id: 'bob', roles: ['ml-engineer'] },
        { id: 'rev', roles: ['trace-owner'] },
      ],
      ...options.identity,
    }),
    connections: [connection],
    masking: maskingConfig.parse(
      options.masking ?? {
        fields: [
          { name: 'customer', paths: ['**.customer'] },
          { name: 'account', paths: ['**.account'] },
          { name: 'input', paths: ['**.input'], hidden: false },
        ],
      },
    ),
    policy: policyConfig.parse(
      options.policy ?? {
        builtin: { approve_multiple: false },
        canaries: [{ name: 'hr', plant: { in: ['public.spans'] } }],
      },
    ),
    approvals: approvalsConfig.parse({
      groups: [{ name: 'trace-owners', roles: ['trace-owner'] }],
      default_groups: ['trace-owners'],
    }),
    recording: recordingConfig.parse({}),
  }
  const witness = createWitness()
  const whole = await startWholeGateway({ config, random, around: witness.around })
  const { gateway, identity, token } = whole
  const address = () => gateway.addresses().warehouse ?? ''
  const doorPort = () => Number(address().split(':')[1])
  const ann = await token('ann')
  const reviewer = await identity.authenticate(await token('rev'))
  const clients = new Set<pg.Client>()
  const sockets = new Set<Socket>()

  close = async () => {
    await Promise.all([...clients].map((client) => client.end().catch(() => undefined)))
    for (const socket of sockets) socket.destroy()
    await whole.close()
    await postgres.stop()
  }
  return {
    ...whole,
    ...witness,
    ...{ address, port: doorPort, postgres, admin, ann, reviewer },
    /** A client through the door, as `ann`. */
    async connect(more: pg.ClientConfig = {}) {
      const client = new pg.Client({
        host: '127.0.0.1',
        port: doorPort(),
        user: 'ann',
        password: ann,
        database: 'postgres',
        ...more,
      })
      client.on('error', () => undefined)
      clients.add(client)
      await client.connect()
      return client
    },
    /** A socket to the door, for bytes of one's own. */
    async raw() {
      const socket = connect(doorPort(), '127.0.0.1')
      socket.on('error', () => undefined)
      sockets.add(socket)
      await once(socket, 'connect')
      return socket
    },
  }
}

/** Waits for a condition, by turns of the event loop; the test's own timeout is the bound. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5))
}
