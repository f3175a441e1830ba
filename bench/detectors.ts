import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { backtest, detectorsConfig } from '../detectors/port.ts'
import { generatePopulation } from '../fixtures/port.ts'
import { tookBy } from './detectors/took.ts'
import type { BenchRow } from './row.ts'

const USERS = 300
const DAYS = 42

/** Events a second of `backtest`, from the file to the summary, with all detectors, on one core. */
async function throughput(): Promise<BenchRow[]> {
  const directory = mkdtempSync(join(tmpdir(), 'tracewarden-bench-'))
  try {
    const file = join(directory, 'events.ndjson')
    const { events } = generatePopulation({ seed: 1, users: USERS, days: DAYS, end: Date.UTC(2026, 10, 20) })
    writeFileSync(file, [...events].map((event) => JSON.stringify(event)).join('\n'))
    const options = { files: [file], config: detectorsConfig.parse({}), out: () => {} }
    await backtest(options)
    const cpu = process.cpuUsage()
    const started = performance.now()
    const summary = await backtest(options)
    const seconds = (performance.now() - started) / 1000
    const { user, system } = process.cpuUsage(cpu)
    const perSecond = (s: number) => Math.round((summary.events + summary.repeated) / s)
    return [
      { name: 'detectors', value: perSecond(seconds), unit: 'events/s' },
      { name: 'detectors-cpu', value: perSecond((user + system) / 1e6), unit: 'events/CPU-second' },
    ]
  } finally {
    rmSync(directory, { recursive: true })
  }
}

/** Memory of a hundred thousand users, and whether an event of theirs costs more than one of ten thousand. */
async function scale(): Promise<BenchRow[]> {
  const [few, many] = [await tookBy(10_000), await tookBy(100_000)]
  return [
    {
      ...{ name: 'detectors-100k', value: many.each, unit: 'µs/event' },
      ...{ versus: '10,000 users', ratio: many.each / few.each },
    },
    { name: 'detectors-100k-memory', value: many.peak / 1024 ** 2, unit: 'MiB' },
  ]
}

export const run = async (): Promise<BenchRow[]> => [...(await throughput()), ...(await scale())]
