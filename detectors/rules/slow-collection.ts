import { z } from 'zod'
import { field } from '../../core/field.ts'
import { duration } from '../../core/units.ts'
import {
  COUNTS_WIDTH,
  countsState,
  countsVector,
  learnCount,
  noCounts,
  predict,
  renewCounts,
} from '../baseline/counts.ts'
import {
  dayCell,
  exposure,
  learnRhythm,
  RHYTHM_WIDTH,
  rhythmState,
  rhythmVector,
} from '../baseline/rhythm.ts'
import { short } from '../baseline/round.ts'
import { commonOptions } from '../config.ts'
import { defineDetector } from '../engine/detector.ts'
import { reads, workdays } from './examples.ts'
import { count, number, when } from './words.ts'

/** Working days looked back over, and the fewest that make a habit. */
const DAYS = 20
const FEWEST = 4
/** A single day counts at most so many deviations: one great day is a spike, not patience. */
const CAP = 1.6
/** So many days on end above the usual are a new usual: another role, another task. */
const ADAPT = 30

interface Run {
  surprise: number
  days: number
}

/** The stretch up to today that is least like chance: −ln p of its mean deviation (a GLR test over when it began). */
function longest(before: readonly number[], today: number): Run {
  let best: Run = { surprise: 0, days: 0 }
  let sum = today
  for (let k = 1; ; k++) {
    if (k >= FEWEST && sum > 0) {
      const surprise = (sum * sum) / (2 * k)
      if (surprise > best.surprise) best = { surprise, days: k }
    }
    const next = before[before.length - k]
    if (next === undefined) return best
    sum += next
  }
}

export default defineDetector({
  name: 'slow-collection',
  title: 'Reads somewhat more than usual, day after day',
  technique: ['T1213', 'T1119', 'T1030'],
  severity: 'high',
  runbook: [
    'Compare the days since the run began with those before: which collections grew?',
    'Ask the lead whether the task changed at that time',
    'Look at what leaves the user’s machine over the same days',
  ],
  blindSpots: [
    'Growth of less than about a third of a deviation a day',
    'A user whose days differ by more than what is taken',
    'Somebody who began before there was a baseline',
  ],
  options: z.strictObject({
    ...commonOptions,
    factor: field(
      z.number().min(1).default(1.35),
      'Factor',
      'Less than this many times the usual, over the run, never alerts.',
      1.5,
    ),
    half_life: field(
      duration().default(90 * 86400e3),
      'Half-life',
      'Of the anchor that days are held against; days of a run are not learned.',
      '90d',
    ),
  }),
  scales: ['day'],
  share: 8,
  tail: { knee: 4, rate: 0.02, mean: 0.6 },
  baseline: z.object({
    count: countsState,
    rhythm: rhythmState,
    /** Deviations of the last days, and how far above the usual they were (sum of observed, of expected). */
    days: z.array(z.number()),
    /** Days on end in a suspicious run. */
    held: z.number(),
  }),
  empty: () => ({ count: noCounts(), rhythm: [], days: [], held: 0 }),
  window: z.object({ traces: z.number() }),
  open: () => ({ traces: 0 }),
  width: COUNTS_WIDTH + RHYTHM_WIDTH,
  vector(b) {
    const vector = new Float64Array(COUNTS_WIDTH + RHYTHM_WIDTH)
    vector.set(countsVector(b.count), 0)
    rhythmVector(b.rhythm, vector, COUNTS_WIDTH)
    return vector
  },
  observe(w, facts) {
    if (!facts.traces) return false
    w.traces += facts.traces
    return true
  },
  expect(b, view) {
    const [peers, all] = [view.peers(), view.everyone()]
    const usual = exposure(b.rhythm, dayCell(view.span.weekday), peers, all, COUNTS_WIDTH)
    const expected = predict(b.count, usual, peers, all)
    const spread = Math.sqrt(Math.log(1 + 1 / (expected.mean + 1) + Math.max(0.12, expected.dispersion)))
    return { ...expected, exposure: usual, spread, before: b.days, known: b.count.seen }
  },
  judge(expected, w, view) {
    if (expected.known < 5) return undefined
    const { surprise, days } = longest(expected.before, deviation(w.traces, expected))
    const recent = expected.before.slice(-days + 1)
    const mean = (recent.reduce((a, b) => a + b, 0) + deviation(w.traces, expected)) / Math.max(1, days)
    const factor = Math.exp(mean * expected.spread)
    return { surprise, quiet: factor < view.options.factor || w.traces < expected.mean }
  },
  explain(expected, w, b, view) {
    const { days } = longest(expected.before, deviation(w.traces, expected))
    const recent = expected.before.slice(-days + 1)
    const mean = (recent.reduce((x, y) => x + y, 0) + deviation(w.traces, expected)) / Math.max(1, days)
    const factor = Math.exp(mean * expected.spread)
    const { first: from, last: to, seen: n } = b.count
    return {
      observed: w.traces,
      ...{ expected: expected.mean, peers: expected.peers, baseline: { from, to, n } },
      summary: `About ${number(factor)} times the usual on ${days} working days up to ${when(view.span).slice(3)}; the last ${count(w.traces, 'trace')}, usually ${number(expected.mean)}`,
      weight: days >= 8 ? 0 : -1,
      extra: { days, factor: short(factor), benign: 'A new task, a colleague’s holiday, a season' },
    }
  },
  renew(b) {
    renewCounts(b.count)
    Object.assign(b, { days: [], held: 0 })
  },
  mature: (b) => b.count.seen >= 5,
  learn(b, w, expected, { span, options }) {
    const today = deviation(w.traces, expected)
    const { surprise } = longest(b.days, today)
    if (expected.known >= 5) b.days = [...b.days, short(today)].slice(-DAYS + 1)
    b.held = surprise > 3 ? b.held + 1 : 0
    if (b.held >= ADAPT) {
      // The usual has changed: from here on it is learned as if it were the first.
      Object.assign(b, {
        days: [],
        held: 0,
        count: {
          ...b.count,
          n: b.count.n * 0.05,
          sum: b.count.sum * 0.05,
          exposure: b.count.exposure * 0.05,
        },
      })
    }
    if (surprise > 3 && b.held > 0 && b.count.seen >= 10) return
    const flat = expected.mean / expected.exposure
    const elapsed = b.count.seen ? span.from - b.count.last : 0
    learnCount(b.count, w.traces, expected.exposure, expected, span.from, options.half_life)
    if (b.count.seen > 2)
      learnRhythm(b.rhythm, dayCell(span.weekday), w.traces, flat, elapsed, options.half_life * 2)
  },
  told(b) {
    // Told is told: the next alert needs days of its own.
    b.days = []
  },
  examples: [
    {
      name: 'three times as much every day for three weeks',
      history: () => workdays(30, (day) => reads(day, 18 + ((day * 7) % 11))),
      given: () => workdays(15, (day) => reads(30 + day, 64 + ((day * 5) % 9))),
      fires: true,
    },
    {
      name: 'three busy days',
      history: () => workdays(30, (day) => reads(day, 12 + ((day * 7) % 25))),
      given: () => workdays(3, (day) => reads(30 + day, 50)),
      fires: false,
    },
    {
      name: 'as ever',
      history: () => workdays(30, (day) => reads(day, 12 + ((day * 7) % 25))),
      given: () => workdays(12, (day) => reads(30 + day, 12 + ((day * 11) % 25))),
      fires: false,
    },
  ],
})

/** Of a day from the median of what was expected, in deviations of the logarithm. */
function deviation(traces: number, { mean, spread }: { mean: number; spread: number }): number {
  const median = Math.log(mean + 0.5) - (spread * spread) / 2
  return Math.max(-CAP, Math.min(CAP, (Math.log(traces + 0.5) - median) / spread))
}
