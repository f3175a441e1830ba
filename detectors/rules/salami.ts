import { z } from 'zod'
import { field } from '../../core/field.ts'
import { duration } from '../../core/units.ts'
import {
  COUNTS_WIDTH,
  countExcess,
  countsState,
  countsVector,
  learnCount,
  noCounts,
  type Prediction,
  predict,
  renewCounts,
  surprise,
} from '../baseline/counts.ts'
import { fade, short } from '../baseline/round.ts'
import { countRange, evenTail, lnShareTail } from '../baseline/tails.ts'
import { commonOptions } from '../config.ts'
import { defineDetector } from '../engine/detector.ts'
import type { Sums } from '../engine/population.ts'
import { reads, workdays } from './examples.ts'
import { count, number, usually, when } from './words.ts'

/** Two pauses are alike within this factor: a clock, or a finger that does nothing else. */
const ALIKE = 1.25
const LONGEST = 1800e3

/** Small reads of all reads; pauses as long as the one before of all pauses. */
const shares = z.object({ small: z.number(), reads: z.number(), steady: z.number(), pauses: z.number() })

interface Expected {
  count: Prediction
  /** Shares. */
  small: number
  steady: number
  /** How many times the usual is expected of a busy team or period. */
  level: number
}

export default defineDetector({
  name: 'salami',
  title: 'Many small reads, each below every limit',
  technique: ['T1030', 'T1213'],
  severity: 'high',
  runbook: [
    'Add up what the small reads released together: it is in the alert',
    'Look at the pauses between them: a script keeps time',
    'Ask what the task was; lower the limit for the window, not for the request',
  ],
  blindSpots: [
    'Slices spread over weeks: slow-collection',
    'A user whose usual work is many small reads',
    'Sources that do not say how many traces a read released',
  ],
  options: z.strictObject({
    ...commonOptions,
    small: field(
      z.number().int().min(1).default(3),
      'Small',
      'A read of at most so many traces is small.',
      5,
    ),
    minimum: field(z.number().int().min(2).default(20), 'Minimum', 'Fewer small reads never alert.', 40),
    half_life: field(
      duration().default(45 * 86400e3),
      'Half-life',
      'After this time an observation counts half.',
      '45d',
    ),
  }),
  signs: ['read'],
  scales: ['day'],
  share: 10,
  tail: { knee: 2.9, rate: 0.01, mean: 0.5 },
  baseline: shares.extend({ count: countsState }),
  empty: () => ({ small: 0, reads: 0, steady: 0, pauses: 0, count: noCounts() }),
  window: shares.extend({ traces: z.number(), last: z.number(), pause: z.number() }),
  open: () => ({ small: 0, reads: 0, steady: 0, pauses: 0, traces: 0, last: 0, pause: 0 }),
  width: COUNTS_WIDTH + 4,
  vector: (b) => [...countsVector(b.count), b.small, b.reads, b.steady, b.pauses],
  observe(w, facts, options) {
    if (!facts.request || facts.traces === undefined) return false
    w.reads++
    const pause = facts.at - w.last
    if (w.last && pause > 0 && pause < LONGEST) {
      w.pauses++
      const ratio = w.pause > 0 ? pause / w.pause : 0
      if (ratio < ALIKE && ratio > 1 / ALIKE) w.steady++
      w.pause = pause
    } else w.pause = 0
    w.last = Math.max(w.last, facts.at)
    if (facts.traces === 0 || facts.traces > options.small) return 'kept'
    w.small++
    w.traces += facts.traces
    return true
  },
  expect(b, view): Expected {
    const [peers, all] = [view.peers(), view.everyone()]
    const rate = (i: number, sums: Sums, prior: number, weight: number) =>
      (sums.at(COUNTS_WIDTH + i) + weight * prior) / (sums.at(COUNTS_WIDTH + i + 1) + weight)
    const small = rate(0, peers, rate(0, all, 0.5, 20), 100)
    const steady = rate(2, peers, rate(2, all, 0.15, 20), 100)
    const count = predict(b.count, 1, peers, all)
    return {
      count: { ...count, dispersion: Math.max(count.dispersion, 0.25) },
      small: (b.small + 15 * small) / (b.reads + 15),
      steady: (b.steady + 15 * steady) / (b.pauses + 15),
      level: 1,
    }
  },
  counts: {
    excess: (expected, w, done) => countExcess(w.small, expected.count, done),
    raise: (expected, level) => ({
      ...expected,
      count: { ...expected.count, mean: expected.count.mean * level },
      level: expected.level * level,
    }),
  },
  judge(expected, w, view) {
    const quiet = w.small < view.options.minimum || w.small < 2 * expected.count.mean
    if (quiet && !view.final) return undefined
    const many = surprise(w.small, expected.count)
    const even = share(w.small, w.reads, expected.small)
    const steady = share(w.steady, w.pauses, expected.steady)
    const nats = many + 0.5 * Math.min(even, 8) + 0.7 * Math.min(steady, 12)
    return { surprise: evenTail(nats, 0.6), quiet }
  },
  explain(expected, w, b, { span }) {
    const { mean, dispersion, peers } = expected.count
    const { low, high } = countRange(mean, dispersion)
    const { first: from, last: to, seen: n } = b.count
    const steady = Math.round((100 * w.steady) / Math.max(1, w.pauses))
    return {
      observed: w.small,
      ...{ expected: mean, low, high, peers, baseline: { from, to, n } },
      summary: `${count(w.small, 'small read')} ${when(span)}, ${count(w.traces, 'trace')} together, usually ${number(mean)} (${low}–${high}) ${usually(span)}; ${steady} % of the pauses between them alike, usually ${Math.round(100 * expected.steady)} %`,
      weight: w.small >= 8 * mean ? 1 : 0,
      extra: {
        ...{ traces: w.traces, reads: w.reads, steady_percent: steady },
        benign: 'A page that loads traces one by one, a review of single cases',
      },
    }
  },
  renew: (b) => renewCounts(b.count),
  mature: (b) => b.count.seen >= 5,
  learn(b, w, expected, { span, options }) {
    const keep = b.count.seen ? fade(span.from - b.count.last, options.half_life) : 0
    for (const key of ['small', 'reads', 'steady', 'pauses'] as const) b[key] = short(b[key] * keep + w[key])
    learnCount(b.count, w.small, expected.level, expected.count, span.from, options.half_life)
  },
  examples: [
    {
      name: 'a hundred and twenty reads of one trace, one every two minutes, after weeks of a dozen of three',
      history: () => workdays(25, (day) => reads(day, 36)),
      given: () => reads(25, 120, { each: 1 }),
      fires: true,
    },
    {
      name: 'a busy day',
      history: () => workdays(25, (day) => reads(day, 20 + (day % 5) * 8)),
      given: () => reads(25, 75),
      fires: false,
    },
    {
      name: 'reviewing case by case, as every day',
      history: () => workdays(25, (day) => reads(day, 70 + (day % 4) * 20, { each: 1 })),
      given: () => reads(25, 150, { each: 1 }),
      fires: false,
    },
  ],
})

/** Nats of surprise at a share above the usual one; days differ, so it is never believed too exactly. */
function share(k: number, n: number, usual: number): number {
  if (n < 5 || k <= n * usual) return 0
  const [some, all] = n > 200 ? [Math.round((k * 200) / n), 200] : [k, n]
  const p = Math.min(0.97, Math.max(0.02, usual))
  return -lnShareTail(some, all, 12 * p, 12 * (1 - p))
}
