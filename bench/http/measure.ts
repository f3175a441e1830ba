import autocannon from 'autocannon'
import type { BenchRow } from '../row.ts'
import { PATH } from './body.ts'
import { type Child, start } from './child.ts'
import { paced, percentile } from './paced.ts'

export interface Plan {
  name: string
  bytes: number
  connections: number
  /** Seconds of one run; proxies take turns, so that what else the machine does falls on both. */
  seconds: number
  rounds: number
}

async function load(target: Child, plan: Plan) {
  const result = await autocannon({
    url: `http://${target.address}${PATH}`,
    connections: plan.connections,
    duration: plan.seconds,
    ...(target.token ? { headers: { authorization: `Bearer ${target.token}` } } : {}),
  })
  if (result.non2xx || result.errors)
    throw new Error(`${plan.name}: ${result.non2xx} refusals, ${result.errors} errors`)
  return result
}

const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!

/** Rows: throughput with group sync and with sync before release, and the latency a door adds at half its load. */
export async function measure(plan: Plan): Promise<BenchRow[]> {
  const backend = await start('./backend.ts', String(plan.bytes))
  const bare = await start('./reply-from.ts', backend.address)
  const rows: BenchRow[] = []
  try {
    for (const sync of ['group', 'always']) {
      const door = await start('./door.ts', backend.address, sync)
      try {
        rows.push(...(await against(plan, door, bare, sync)))
      } finally {
        await door.stop()
      }
    }
  } finally {
    await bare.stop()
    await backend.stop()
  }
  return rows
}

async function against(plan: Plan, door: Child, bare: Child, sync: string): Promise<BenchRow[]> {
  const ours: number[] = []
  const theirs: number[] = []
  const warm = { ...plan, seconds: 2 }
  await load(bare, warm)
  await load(door, warm)
  for (let round = 0; round < plan.rounds; round++) {
    theirs.push((await load(bare, plan)).requests.average)
    ours.push((await load(door, plan)).requests.average)
  }
  const ratios = ours.map((value, i) => value / theirs[i]!)
  const suffix = sync === 'group' ? '' : ', spool.sync: always'
  const value = median(ours)
  const rows: BenchRow[] = [
    { name: `${plan.name}${suffix}`, value, unit: 'req/s', versus: 'reply-from', ratio: median(ratios) },
  ]
  if (sync !== 'group') return rows
  return [...rows, ...(await added(plan, door, bare, Math.max(1, Math.floor(value / 2))))]
}

const CALM = { connections: 8, rounds: 7, seconds: 3 }

/**
 * What the door adds at `rate` requests a second: the median over rounds, in which both proxies take turns, of the
 * differences of their percentiles. On a machine that does other work it may be negative.
 */
async function added(plan: Plan, door: Child, bare: Child, rate: number): Promise<BenchRow[]> {
  const calm = { rate, seconds: CALM.seconds, connections: Math.min(plan.connections, CALM.connections) }
  const differences: Record<50 | 99, number[]> = { 50: [], 99: [] }
  for (let round = 0; round < CALM.rounds; round++) {
    const alone = await paced(bare, calm)
    const through = await paced(door, calm)
    for (const p of [50, 99] as const) differences[p].push(percentile(through, p) - percentile(alone, p))
  }
  return ([50, 99] as const).map((p) => ({
    name: `${plan.name}-latency-p${p}`,
    value: median(differences[p]),
    unit: 'ms added',
  }))
}
