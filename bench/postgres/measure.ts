import { type Postgres, startPostgres } from '../../test/support/postgres.ts'
import { type Child, start } from '../http/child.ts'
import type { BenchRow } from '../row.ts'
import { type BareClient, bareClient, type Target } from './client.ts'

export interface Plan {
  name: string
  /** A statement for the n-th turn. */
  query: (turn: number) => string
  connections: number
  /** Seconds of one run; the two ways take turns, so that what else the machine does falls on both. */
  seconds: number
  rounds: number
}

const READER = { user: 'reader', password: 'not-a-real-' + 'reader', database: 'postgres' }
const SECRET = 'AKIA' + 'BENCHBENCHBENCH1'

/** Six columns as trace tables have them; three of them are masked: by origin, by content, inside JSON. */
const SCHEMA = `
CREATE TABLE spans (id int PRIMARY KEY, trace_id text NOT NULL, start_time timestamptz NOT NULL, customer text,
  input text, attributes jsonb);
INSERT INTO spans SELECT i, 't' || i, '2026-11-01T00:00:00Z'::timestamptz + i * interval '1 second', 'customer-' || i,
  'How do I rotate the key ${SECRET} of project ' || i || '?',
  jsonb_build_object('model', 'm-1', 'tokens', i, 'key', '${SECRET}')
  FROM generate_series(1, 5000) i;
CREATE ROLE ${READER.user} LOGIN PASSWORD '${READER.password}';
GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${READER.user};
VACUUM ANALYZE spans;
`

/** A database of such spans with the door in front of it, in a process of its own. */
export interface Ways {
  door: Child
  through: Target
  direct: Target
  /** The database's superuser. */
  admin: Awaited<ReturnType<Postgres['connect']>>
}

/** Statements a second through the door and direct, in turns. */
export const measure = (plan: Plan): Promise<BenchRow[]> =>
  withDoor(({ door, through, direct }) => against(plan, door, through, direct))

/** Starts both, and ends them when `use` is done. */
export async function withDoor<Result>(use: (ways: Ways) => Promise<Result>): Promise<Result> {
  const postgres = await startPostgres()
  try {
    const admin = await postgres.connect()
    for (const statement of SCHEMA.split(';\n')) if (statement.trim()) await admin.query(statement)
    const door = await start('../postgres/door.ts', String(postgres.port), READER.password)
    try {
      const through = { port: Number(door.address.split(':')[1]), ...READER, password: door.token }
      return await use({ door, through, direct: { port: postgres.port, ...READER }, admin })
    } finally {
      await door.stop()
    }
  } finally {
    await postgres.stop()
  }
}

async function against(plan: Plan, door: Child, through: Target, direct: Target): Promise<BenchRow[]> {
  const ways = await Promise.all([open(plan, through), open(plan, direct)])
  const [ours, theirs]: [number[], number[]] = [[], []]
  const cpu: number[] = []
  for (let round = -1; round < plan.rounds; round++) {
    const before = await door.cpu()
    const first = await load(ways[0], plan)
    cpu.push(((await door.cpu()) - before) / (first * plan.seconds))
    const second = await load(ways[1], plan)
    if (round < 0) continue
    ours.push(first)
    theirs.push(second)
  }
  for (const client of ways.flat()) client.end()
  const ratios = ours.map((value, i) => value / theirs[i]!)
  return [
    { name: plan.name, value: median(ours), unit: 'queries/s', versus: 'direct', ratio: median(ratios) },
    // Independent of what else the machine does, which takes more from one process than from the server's several.
    { name: `${plan.name}-cpu`, value: median(cpu), unit: 'µs of the door' },
  ]
}

const open = (plan: Plan, target: Target) =>
  Promise.all(Array.from({ length: plan.connections }, () => bareClient(target)))

async function load(clients: readonly BareClient[], plan: Plan): Promise<number> {
  const began = performance.now()
  const until = began + plan.seconds * 1_000
  let turns = 0
  await Promise.all(
    clients.map(async (client) => {
      while (performance.now() < until) await client.query(plan.query(turns++))
    }),
  )
  return turns / ((performance.now() - began) / 1_000)
}

const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!
