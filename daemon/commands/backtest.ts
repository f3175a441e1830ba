import { createWriteStream } from 'node:fs'
import type { Writable } from 'node:stream'
import type { Command } from 'commander'
import { type BacktestSummary, backtest } from '../../detectors/port.ts'
import { lintConfig } from '../config/lint.ts'
import { loadConfig } from '../config/load.ts'
import { configSchema } from '../config/schema.ts'
import { fail } from '../errors.ts'
import { message } from '../output.ts'

interface Options {
  config: string
  events: readonly string[]
  labels?: string
  scores?: string
  json?: boolean
}

/** How `backtest` marks the lines that belong into the scores file. */
const SCORE = '{"type":"score",'

/** `backtest`: alerts and the summary as NDJSON on standard output; scores into a file; bad lines with their place. */
export async function backtestCommand(options: Options, command: Command): Promise<void> {
  const scores = options.scores === undefined ? undefined : await writeTo(options.scores)
  const summary = await backtest({
    files: options.events,
    config: detectorsOf(options.config, command.getOptionValueSource('config') === 'default'),
    scores: scores !== undefined,
    ...(options.labels !== undefined && { labels: options.labels }),
    async out(lines) {
      const [judged, told] = [lines.filter(isScore), lines.filter((line) => !isScore(line))]
      await write(process.stdout, told)
      if (scores)
        await write(
          scores,
          judged.map((line) => `{${line.slice(SCORE.length)}`),
        )
    },
    onProblem: ({ file, line, problem }) => message(`${file}:${line}: ${problem}`),
  })
  if (scores) await new Promise<void>((done) => scores.end(done))
  if (!options.json) message(inWords(summary))
}

const isScore = (line: string): boolean => line.startsWith(SCORE)

/** The detectors as configured; their defaults where nobody named a config and there is none. */
function detectorsOf(file: string, unnamed: boolean) {
  try {
    return loadConfig(file, { env: process.env, lint: lintConfig }).detectors
  } catch (error) {
    if (unnamed && error instanceof Error && 'code' in error && error.code === 'TW_CONFIG_MISSING')
      return configSchema.parse({}).detectors
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
