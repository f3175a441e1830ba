import { z } from 'zod'
import { field } from '../../core/field.ts'
import { duration } from '../../core/units.ts'
import {
  COUNTS_WIDTH,
  type Counts,
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
import {
  dayCell,
  exposure,
  hourCell,
  learnRhythm,
  RHYTHM_WIDTH,
  rhythmState,
  rhythmVector,
} from '../baseline/rhythm.ts'
import { countRange, evenTail } from '../baseline/tails.ts'
import { commonOptions } from '../config.ts'
import { defineDetector } from '../engine/detector.ts'
import type { Span } from '../engine/span.ts'
import { reads, workdays } from './examples.ts'
import { count, number, usually, when } from './words.ts'

const baseline = z.object({ day: countsState, hour: countsState, rhythm: rhythmState })
const HOUR = COUNTS_WIDTH
const RHYTHM = 2 * COUNTS_WIDTH
/** The peers' rhythm is worth so many windows of one's own, and at least so many counts. */
const SOME = 10
const LEAST = 40

interface Expected extends Prediction {
  exposure: number
  /** Fewer are no spike. */
  least: number
  /** How many times the usual is expected of a busy team or period. */
  level: number
}

const cellOf = (span: Span) =>
  span.scale === 'hour' ? hourCell(span.weekday, span.hour) : dayCell(span.weekday)
const of = (b: { day: Counts; hour: Counts }, span: Span) => (span.scale === 'hour' ? b.hour : b.day)

export default defineDetector({
  name: 'volume-spike',
  title: 'Reads many more traces than this user does',
  technique: ['T1213', 'T1530'],
  severity: 'high',
  runbook: [
    'Open the recording of the sessions listed and see what was read',
    'Ask the user or their lead what the task was; look for a ticket, an incident or a backfill at that time',
    'If nobody knows of it: suspend the user and look for copies that left the machine',
  ],
  blindSpots: [
    'A user who reads a little more every day: growth is capped, but slow-collection is the detector for it',
    'Events that do not say how many traces were released',
    'A new user in a team of heavy readers may read as much as they do',
  ],
  options: z.strictObject({
    ...commonOptions,
    minimum: field(
      z.number().int().min(1).default(25),
      'Minimum',
      'Fewer traces than this in a window are never a spike.',
      50,
    ),
    factor: field(
      z.number().min(1).default(2.5),
      'Factor',
      'Nor is less than this many times what was expected.',
      3,
    ),
    half_life: field(
      duration().default(30 * 86400e3),
      'Half-life',
      'After this time an observation counts half.',
      '30d',
    ),
  }),
  signs: ['traces'],
  scales: ['day', 'hour'],
  share: 12,
  // What is taken in a hurry shows in its hour, what is taken over a day hardly does: other companies' insiders do both.
  parts: { hour: 0.6, day: 0.4 },
  tail: { knee: 2.6, rate: 0.01, mean: 0.43 },
  baseline,
  empty: () => ({ day: noCounts(), hour: noCounts(), rhythm: [] }),
  window: z.object({ traces: z.number() }),
  open: () => ({ traces: 0 }),
  width: RHYTHM + RHYTHM_WIDTH,
  vector(b) {
    const vector = new Float64Array(RHYTHM + RHYTHM_WIDTH)
    vector.set(countsVector(b.day), 0)
    vector.set(countsVector(b.hour), HOUR)
    rhythmVector(b.rhythm, vector, RHYTHM)
    return vector
  },
  observe(w, facts) {
    if (!facts.traces) return false
    w.traces += facts.traces
    return true
  },
  expect(b, view): Expected {
    const { span, options } = view
    const [peers, everyone] = [view.peers(), view.everyone()]
    const offset = span.scale === 'hour' ? HOUR : 0
    const state = of(b, span)
    const some = Math.max(LEAST, (SOME * state.sum) / Math.max(1, state.n))
    const usual = exposure(b.rhythm, cellOf(span), peers, everyone, RHYTHM, some)
    const { mean, dispersion, peers: others, known } = predict(state, usual, peers, everyone, offset)
    const least = Math.max(options.minimum, options.factor * mean)
    return { mean, dispersion, peers: others, known, exposure: usual, least, level: 1 }
  },
  counts: {
    excess: (expected, w, done) => countExcess(w.traces, expected, done),
    raise: (expected, level) => ({
      ...expected,
      mean: expected.mean * level,
      exposure: expected.exposure * level,
      least: expected.least * level,
      level: expected.level * level,
    }),
  },
  judge(expected, w, view) {
    const quiet = w.traces < expected.least
    return quiet && !view.final ? undefined : { surprise: evenTail(surprise(w.traces, expected), 0.5), quiet }
  },
  explain(expected, w, b, { span }) {
    const { low, high } = countRange(expected.mean, expected.dispersion)
    const state = of(b, span)
    const { first: from, last: to, seen: n } = state
    return {
      observed: w.traces,
      ...{ expected: expected.mean, low, high, peers: expected.peers },
      baseline: { from, to, n },
      summary: `${count(w.traces, 'trace')} ${when(span)}, usually ${number(expected.mean)} (${low}–${high}) ${usually(span)}`,
      weight: w.traces >= 20 * expected.mean ? 1 : w.traces < 5 * expected.mean ? -1 : 0,
      extra: { benign: 'A backfill, an evaluation, an outage that the whole team looks into' },
    }
  },
  renew(b) {
    renewCounts(b.day)
    renewCounts(b.hour)
  },
  mature: (b) => b.day.seen >= 5,
  learn(b, w, expected, { span, options }) {
    const state = of(b, span)
    const flat = expected.mean / expected.exposure
    const elapsed = state.seen ? span.from - state.last : 0
    learnCount(state, w.traces, expected.exposure, expected, span.from, options.half_life)
    if (state.seen > 2)
      learnRhythm(b.rhythm, cellOf(span), w.traces / expected.level, flat, elapsed, options.half_life * 3)
  },
  examples: [
    {
      name: 'four hundred traces after weeks of a dozen a day',
      history: () => workdays(25, (day) => reads(day, 12)),
      given: () => reads(25, 423),
      fires: true,
    },
    {
      name: 'a busy day',
      history: () => workdays(25, (day) => reads(day, 8 + (day % 5) * 4)),
      given: () => reads(25, 40),
      fires: false,
    },
    {
      name: 'events that do not say how much was read',
      history: () => workdays(25, (day) => reads(day, 12)),
      given: () => reads(25, undefined),
      fires: false,
    },
  ],
})
