import { join } from 'node:path'
import { HOW, type Postgres, startPostgres } from '../../support/postgres.ts'
import { freePort, type Running, run } from '../process.ts'
import { programOf } from '../program.ts'
import type { Report } from '../report.ts'
import { how, openVenv } from '../venv.ts'
import { JDBC, jdbcDriver } from './jdbc.ts'

const SECRET = 'AKIA' + 'TESTTESTTESTTEST'
const READER = { user: 'gateway', password: 'not-a-real-' + 'gateway' }
const SCHEMA = [
  `CREATE TABLE spans (id int PRIMARY KEY, trace_id text NOT NULL, start_time timestamptz NOT NULL, customer text,
    input text, attributes jsonb, model text)`,
  `INSERT INTO spans SELECT i, 't' || i, '2026-11-01T00:00:00Z'::timestamptz, 'customer-' || i,
    'the key ${SECRET} of project ' || i, jsonb_build_object('model', 'm-1', 'key', '${SECRET}'), 'm-' || i % 2
    FROM generate_series(1, 40) i`,
  `CREATE ROLE ${READER.user} LOGIN PASSWORD '${READER.password}'`,
  `GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${READER.user}`,
]

/** psycopg and the JDBC driver, unchanged, through the program itself and before a real PostgreSQL. */
export async function checkPostgres(report: Report, root: string, scratch: string): Promise<void> {
  const backend = await startPostgres().catch(() => undefined)
  if (!backend) return report.skip('PostgreSQL clients', HOW)
  let daemon: Running | undefined
  try {
    const admin = await backend.connect()
    for (const statement of SCHEMA) await admin.query(statement)
    const { server, port, token } = await start(root, scratch, backend)
    daemon = server
    const args = [String(port), SECRET]
    const env = { ...process.env, PGPASSWORD: token }
    await report.part('psycopg', async () => {
      const venv = await openVenv('psycopg')
      if (!venv) return report.skip('psycopg', how('psycopg'))
      const script = join(import.meta.dirname, 'client.py')
      tell(
        report,
        await run(venv.bin('python'), [script, ...args], { env: { ...env, ...venv.env, PGPASSWORD: token } }),
      )
    })
    await report.part('JDBC', async () => {
      const driver = await jdbcDriver()
      if (!driver) return report.skip('JDBC', JDBC)
      const program = join(import.meta.dirname, 'Client.java')
      tell(report, await run('java', ['-cp', driver, program, ...args], { env }))
    })
  } finally {
    await daemon?.stop()
    await backend.stop()
  }
}

/** Each line of a client is a check; one that ends before it said `end` has failed. */
function tell(report: Report, { out, err }: { out: string; err: string }): void {
  const lines = out.trimEnd().split('\n')
  for (const line of lines) {
    const [verdict, sentence, detail] = line.split('\t')
    if (sentence !== undefined) report.check(sentence, verdict === 'ok', detail)
  }
  report.check('the client ran to its end', lines.at(-1) === 'end', err.slice(-1500))
}

async function start(
  root: string,
  scratch: string,
  backend: Postgres,
): Promise<{ server: Running; port: number; token: string }> {
  const [port, console] = [await freePort(), await freePort()]
  const table = {
    name: 'public.spans',
    trace_id: 'trace_id',
    time: 'start_time',
    structural: ['model', 'attributes.model'],
  }
  const program = programOf(root, join(scratch, 'postgres'), {
    console: { listen: `127.0.0.1:${console}` },
    connections: [
      {
        name: 'warehouse',
        protocol: 'postgres',
        listen: `127.0.0.1:${port}`,
        tables: [table],
        backend: { host: backend.host, port: backend.port, database: 'postgres', ...READER, tls: 'off' },
      },
    ],
    masking: { fields: [{ name: 'customer', paths: ['**.customer'] }] },
    policy: {
      builtin: { approve_multiple: false },
      limits: { max_traces: 10_000, window_approval: 90_000, window_block: 100_000 },
    },
    approvals: { default_groups: ['owners'], groups: [{ name: 'owners', members: ['olga', 'otto'] }] },
    identity: {
      users: [
        { id: 'ana', roles: ['ml-engineer'] },
        { id: 'olga', roles: ['trace-owner'] },
        { id: 'otto', roles: ['trace-owner'] },
      ],
    },
  })
  const token = await program.token('ana')
  return { server: await program.start(), port, token }
}
