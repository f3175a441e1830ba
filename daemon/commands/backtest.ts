import { createWriteStream } from 'node:fs'
import { resolve } from 'node:path'
import type { Writable } from 'node:stream'
import type { Command } from 'commander'
import { type Alert, detectionFinding } from '../../alerts/port.ts'
import { openStore } from '../../collector/port.ts'
import { systemClock } from '../../core/clock.ts'
import { createLogger } from '../../core/log.ts'
import {
  type BacktestOptions,
  type BacktestSummary,
  backtest,
  compareConfigs,
  storedHistory,
} from '../../detectors/port.ts'
import { lintConfig } from '../config/lint.ts'
import { loadConfig } from '../config/load.ts'
import { type Config, configSchema } from '../config/schema.ts'
import { fail } from '../errors.ts'
import { data, message } from '../output.ts'
import type { AlertFormat } from './alerts.ts'
import { comparisonText } from './comparison.ts'

interface Options {
  config: string
  events?: readonly string[]
  store?: boolean
  compare?: string
  labels?: string
  scores?: string
  format?: AlertFormat
  json?: boolean
}

/** How `backtest` marks the lines that belong into the scores file. */
const SCORE = '{"type":"score",'

/**
 * `backtest`: alerts and the summary as NDJSON on standard output; scores into a file; bad lines with their place.
 * With `--compare`, what another config would gain and lose, in words or as NDJSON.
 */
export async function backtestCommand(options: Options, command: Command): Promise<void> {
  if ((options.events === undefined) === (options.store !== true))
    command.error('error: expected either --events <files...> or --store', { exitCode: 2 })
  const config = configOf(options.config, command.getOptionValueSource('config') === 'default')
  const { files, close } = await eventsOf(options, config)
  const common = {
    ...{ files, config: config.detectors, ...(options.labels !== undefined && { labels: options.labels }) },
    onProblem: ({ file, line, problem }: { file: string; line: number; problem: string }) =>
      message(`${file}:${line}: ${problem}`),
  }
  try {
    if (options.compare === undefined) await plain(common, options)
    else await compare(common, options.compare, options.json)
  } finally {
    await close()
  }
}

async function plain(common: Omit<BacktestOptions, 'out'>, options: Options): Promise<void> {
  const scores = options.scores === undefined ? undefined : await writeTo(options.scores)
  const summary = await backtest({
    ...common,
    scores: scores !== undefined,
    async out(lines) {
      const [judged, told] = [lines.filter(isScore), lines.filter((line) => !isScore(line))]
      await write(process.stdout, options.format === 'ocsf' ? told.map(asOcsf) : told)
      if (scores)
        await write(
          scores,
          judged.map((line) => `{${line.slice(SCORE.length)}`),
        )
    },
  })
  if (scores) await new Promise<void>((done) => scores.end(done))
  if (!options.json) message(inWords(summary))
}

async function compare(common: Omit<BacktestOptions, 'out'>, file: string, json = false): Promise<void> {
  const other = loadConfig(file, { env: process.env, lint: lintConfig }).detectors
  const { changes, comparison } = await compareConfigs({ ...common, other })
  if (!json) return data(comparisonText(changes, comparison))
  await write(
    process.stdout,
    [...changes, comparison].map((row) => JSON.stringify(row)),
  )
}

/** The files that were named, or the history of the config's store up to now. */
async function eventsOf(
  { events }: Options,
  config: Config,
): Promise<{ files: BacktestOptions['files']; close(): Promise<void> }> {
  if (events) return { files: events, close: async () => {} }
  const until = systemClock.now()
  const store = await openStore(config.store, {
    ...{ dataDir: resolve(config.data), log: createLogger('warn'), clock: systemClock },
  })
  return { files: () => storedHistory(store, until), close: () => store.close() }
}

/** An alert's line as OCSF has it; the summary stays as it is. */
function asOcsf(line: string): string {
  const row: Alert | { type: 'summary' } = JSON.parse(line)
  return 'type' in row ? line : JSON.stringify(detectionFinding(row))
}

const isScore = (line: string): boolean => line.startsWith(SCORE)

/** The config; its defaults where nobody named one and there is none. */
function configOf(file: string, unnamed: boolean): Config {
  try {
    return loadConfig(file, { env: process.env, lint: lintConfig })
  } catch (error) {
    if (unnamed && error instanceof Error && 'code' in error && error.code === 'TW_CONFIG_MISSING')
      return configSchema.parse({})
    throw error
  }
}

function writeTo(file: string): Promise<Writable> {
  const stream = createWriteStream(file)
  return new Promise((ready, refuse) => {
    stream.once('open', () => ready(stream))
    stream.once('error', (error) =>
      refuse(fail('TW_OUTPUT_UNWRITABLE', { file, reason: error.message }, error)),
    )
  })
}

async function write(stream: Writable, lines: readonly string[]): Promise<void> {
  if (lines.length === 0 || stream.write(`${lines.join('\n')}\n`)) return
  await new Promise((drained) => stream.once('drain', drained))
}

function inWords({
  events,
  users,
  user_days,
  alerts,
  set_aside,
  repeated,
  late,
  labels,
}: BacktestSummary): string {
  const { invalid, future, anonymous } = set_aside
  const lines = [
    `${alerts} alerts from ${events} events of ${users} users in ${user_days} user-days.`,
    `Not used: ${invalid} lines that are no events, ${future} from the future, ${anonymous} without a user; ${repeated} came twice, ${late} too late.`,
  ]
  if (labels) {
    lines.push(
      `Found ${labels.found} of ${labels.incidents} incidents; ${labels.false_alerts_per_1000_user_days} false alerts per 1,000 user-days.`,
    )
    for (const [kind, { incidents, found, delay_s }] of Object.entries(labels.kinds))
      lines.push(`  ${kind}: ${found} of ${incidents}${delay_s === null ? '' : `, after ${delay_s} s`}`)
  }
  return lines.join('\n')
}
