import { z } from 'zod'
import { field } from '../../core/field.ts'
import { duration } from '../../core/units.ts'
import { doorTls } from './door-tls.ts'
import { glob, listen, name } from './text.ts'

const identifier = z.string().min(1).max(63)
const qualified = z
  .string()
  .regex(/^[^.]+\.[^.]+$/, 'expected schema.table, e.g. public.spans; `*` stands for any part')

/** What config says of a table or view: only what is declared can be read. */
export const postgresTable = z.strictObject({
  name: field(qualified, 'Name', 'schema.table; globs allowed.', 'public.spans'),
  trace_id: field(
    identifier.optional(),
    'Trace id',
    'Column that names the trace a row belongs to.',
    'trace_id',
  ),
  time: field(identifier.optional(), 'Time', 'Column with the trace’s creation time.', 'start_time'),
  collection: field(
    z.string().min(1).optional(),
    'Collection',
    'What its traces belong to; schema.table by default.',
    'production',
  ),
  structural: field(
    z.array(glob).default([]),
    'Structural',
    'Text columns, and paths inside JSON columns, that never hold content: may be filtered, sorted and computed with.',
    ['model', 'attributes.llm.model_name'],
  ),
  definition: field(
    z
      .string()
      .regex(/^sha256:[0-9a-f]{64}$/)
      .optional(),
    'Definition',
    'Of a view that computes or filters over content: the hash of the definition you reviewed. While the view has it, what it answers is judged by its own columns.',
    `sha256:${'0'.repeat(64)}`,
  ),
})

/** A door that speaks PostgreSQL. */
export const postgresConnection = z.strictObject({
  name: field(name, 'Name', 'How events, rules and approvals call it.', 'warehouse'),
  protocol: field(z.literal('postgres'), 'Protocol', 'The door.', 'postgres'),
  listen: field(listen, 'Listen', 'host:port of this door.', '127.0.0.1:7432'),
  tls: doorTls,
  plaintext: field(
    z.boolean().default(false),
    'Plaintext',
    'Clients may connect without TLS: their token crosses the network in clear.',
    false,
  ),
  backend: field(
    z.strictObject({
      host: field(z.string().min(1), 'Host', 'Of the server.', '10.0.0.8'),
      port: field(z.number().int().min(1).max(65_535).default(5432), 'Port', 'Of the server.', 5432),
      database: field(identifier, 'Database', 'The one this door leads to.', 'traces'),
      user: field(identifier, 'User', 'A role that may only read, owns nothing.', 'tracewarden'),
      password: field(z.string().min(1), 'Password', 'Of that role.', '${env:PGPASSWORD}'),
      tls: field(
        z.enum(['verify', 'require', 'off']).default('verify'),
        'TLS',
        '`verify` checks the certificate and its name, `require` encrypts only, `off` is plaintext.',
        'verify',
      ),
      ca: field(
        z.string().optional(),
        'CA',
        'PEM file of the authority; the system’s by default.',
        './ca.crt',
      ),
    }),
    'Backend',
    'The database and the gateway’s own credential for it.',
  ),
  mode: field(
    z.enum(['enforce', 'observe']).default('enforce'),
    'Mode',
    '`observe` decides, records and alerts, but lets pass.',
    'observe',
  ),
  search_path: field(z.array(identifier).min(1).default(['public']), 'Search path', 'Of new sessions.', [
    'public',
  ]),
  tables: field(
    z.array(postgresTable).default([]),
    'Tables',
    'What may be read; the first entry whose name matches counts.',
    [{ name: 'public.spans', trace_id: 'trace_id', time: 'start_time', structural: ['name', 'model'] }],
  ),
  catalogue: field(
    z.enum(['allow', 'refuse']).default('allow'),
    'Catalogue',
    'Whether names and types of tables can be listed (psql’s \\d, JDBC). Statistics and activity never can.',
    'refuse',
  ),
  functions: field(
    z.array(z.string().regex(/^[^.()]+\.[^.()]+\([^()]*\)$/)).default([]),
    'Functions',
    'Your own functions that may be called over plain columns, with argument types; all overloads of a name must be listed.',
    ['public.bucket(integer)'],
  ),
  writes: field(
    z.enum(['refuse', 'pass']).default('refuse'),
    'Writes',
    '`pass`: INSERT, UPDATE and DELETE on declared tables, of values that are no content of other rows.',
    'refuse',
  ),
  hold: field(duration().prefault('5m'), 'Hold', 'How long a held statement waits for a decision.', '5m'),
  timeout: field(duration().prefault('1m'), 'Timeout', 'Of one statement.', '60s'),
  idle: field(duration().prefault('15m'), 'Idle', 'After which a session ends.', '15m'),
})

export type PostgresTable = z.infer<typeof postgresTable>
export type PostgresConnection = z.infer<typeof postgresConnection>
