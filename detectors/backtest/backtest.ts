import type { SourceLine } from '../../collector/port.ts'
import type { SessionEvent } from '../../core/event.ts'
import { checkDetectors } from '../check.ts'
import type { DetectorsConfig } from '../config.ts'
import { detectorsOf } from '../detectors.ts'
import { createEngine } from '../engine/engine.ts'
import type { Foreknown } from '../engine/host.ts'
import { revise } from '../engine/revise.ts'
import { GOES_ON } from '../engine/window.ts'
import { fail } from '../errors.ts'
import type { Finding } from '../finding.ts'
import { type Source, together } from './files.ts'
import { foreknown } from './foreknown.ts'
import { createGuard } from './guard.ts'
import { judge, type Label, readLabels, type Told, type Verdict } from './labels.ts'
import { createUserDays } from './user-days.ts'

export interface BacktestOptions {
  /** NDJSON of session events, plain or gzip; or what gives them, as many at once as it likes. */
  files: readonly string[] | (() => AsyncIterable<readonly SourceLine[]>)
  /** NDJSON of labels. */
  labels?: string
  /** Also a line for every judgement, alert or not, with `"type":"score"`. */
  scores?: boolean
  config: DetectorsConfig
  /** Takes lines without their end; waited for. */
  out: (lines: readonly string[]) => void | Promise<void>
  /** Told of each alert, in its last revision, as it is written. */
  onAlert?: (alert: Finding) => void
  /** Told of lines that are no events. */
  onProblem?: (problem: Exclude<SourceLine, { event: SessionEvent }>) => void
}

export interface Summary {
  type: 'summary'
  events: number
  users: number
  user_days: number
  from: string | null
  to: string | null
  alerts: number
  by_detector: Record<string, number>
  by_severity: Record<string, number>
  /** Lines and events that were not used, by reason. */
  set_aside: { invalid: number; future: number; anonymous: number }
  repeated: number
  late: number
  labels?: Verdict
}

const BATCH = 200
const HOUR = 3600e3

/**
 * Runs the detectors, as configured, over past events in event time: the code that runs on the store. Writes one line
 * an alert (its last revision, dated when the evidence first sufficed) once its window is over, then the summary. The
 * same input gives the same output, to the byte; memory grows with users, not with events.
 * @throws TW_DETECTORS_CONFIG_INVALID, TW_DETECTORS_LABELS_INVALID, TW_IMPORT_UNREADABLE
 */
export async function backtest(options: BacktestOptions): Promise<Summary> {
  const { config, files } = options
  const [problem] = checkDetectors(config)
  if (problem)
    throw fail('TW_DETECTORS_CONFIG_INVALID', { reason: `${problem.path.join('.')}: ${problem.message}` })
  const labels: Label[] | undefined = options.labels === undefined ? undefined : readLabels(options.labels)
  if (typeof files === 'function') return run(options, labels, files(), undefined)
  const source = await together(files, config.lateness)
  try {
    return await run(options, labels, source.read(), await foreknown(source, config))
  } finally {
    await source.close()
  }
}

async function run(
  options: BacktestOptions,
  labels: Label[] | undefined,
  batches: ReturnType<Source['read']>,
  before: Foreknown | undefined,
): Promise<Summary> {
  const { config, out } = options
  let lines: string[] = []
  const score = (row: object) => void lines.push(JSON.stringify({ type: 'score', ...row }))
  const engine = createEngine({
    ...{ config, detectors: detectorsOf(config) },
    ...(options.scores && { score }),
    ...(before && { before }),
  })
  const days = createUserDays()
  const open = new Map<string, Finding>()
  const told: Told[] = []
  const summary = emptySummary()

  const note = (findings: readonly Finding[]) => {
    for (const finding of findings) {
      const known = open.get(finding.id)
      open.set(finding.id, (known && revise(known, finding)) ?? known ?? { ...finding, revision: 1 })
    }
  }
  /** Alerts whose matter is over, so that none is told twice, in the order of their time. */
  const settle = (before: number) => {
    const ready = [...open.values()].filter(
      ({ window, '@timestamp': at }) =>
        Math.max(Date.parse(window.to), Date.parse(at) + GOES_ON) + 48 * HOUR <= before,
    )
    ready.sort((a, b) => compare(a['@timestamp'], b['@timestamp']) || compare(a.id, b.id))
    for (const finding of ready) {
      open.delete(finding.id)
      // A notice about a team accuses nobody: it is neither a hit nor a false alert.
      if (finding.subject.kind !== 'team')
        told.push({
          user: finding.subject.id,
          detector: finding.detector,
          at: Date.parse(finding['@timestamp']),
        })
      summary.alerts++
      add(summary.by_detector, finding.detector)
      add(summary.by_severity, finding.severity)
      lines.push(JSON.stringify({ ...finding, ...UNTOUCHED }))
      options.onAlert?.(finding)
    }
  }
  const guard = createGuard(config.skew, (event, at) => {
    days.see(event.user?.id, at)
    const found = engine.push(event, at)
    if (found.length) note(found)
  })
  const flush = async () => {
    const ready = lines
    lines = []
    if (ready.length) await out(ready)
  }

  let settled = -Infinity
  for await (const batch of batches) {
    for (const line of batch) {
      if (!('event' in line)) {
        summary.set_aside.invalid++
        options.onProblem?.(line)
        continue
      }
      guard.take(line.event, Date.parse(line.event['@timestamp']))
      if (open.size && days.newest - settled > HOUR) {
        settled = days.newest
        settle(settled)
      }
    }
    if (lines.length >= BATCH) await flush()
  }
  guard.end()
  note(engine.finish())
  settle(Infinity)

  const { counters } = engine
  Object.assign(summary, {
    ...{ events: counters.events - counters.repeated, users: days.users, user_days: days.count() },
    ...{ from: days.from(), to: days.to(), repeated: counters.repeated, late: counters.late },
  })
  summary.set_aside.future = guard.future
  summary.set_aside.anonymous = counters.anonymous
  if (labels) summary.labels = judge(labels, told, summary.user_days)
  lines.push(JSON.stringify(summary))
  await flush()
  return summary
}

/** An alert nobody has dealt with. */
const UNTOUCHED = { status: 'open', history: [], suppression: null, verdict: 'none' }

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
const add = (tally: Record<string, number>, name: string) => {
  tally[name] = (tally[name] ?? 0) + 1
}

const emptySummary = (): Summary => ({
  ...{ type: 'summary', events: 0, users: 0, user_days: 0, from: null, to: null, alerts: 0 },
  ...{ by_detector: {}, by_severity: {}, set_aside: { invalid: 0, future: 0, anonymous: 0 } },
  ...{ repeated: 0, late: 0 },
})
