import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { backtest, detectorsConfig } from '../detectors/port.ts'
import { generatePopulation } from '../fixtures/port.ts'
import type { BenchRow } from './row.ts'

const USERS = 300
const DAYS = 42

/** Events a second of `backtest`, from the file to the summary, with all detectors, on one core. */
export async function run(): Promise<BenchRow[]> {
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
