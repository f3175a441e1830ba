import { z } from 'zod'
import { field } from '../../core/field.ts'
import { duration } from '../../core/units.ts'
import {
  LEVELS_WIDTH,
  type Level,
  learnLevel,
  levelOf,
  levelsState,
  levelsVector,
  noLevels,
  renewLevel,
} from '../baseline/levels.ts'
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
/**
 * A single day counts at most so many deviations (Huber, *Robust Statistics*, 1981): one great day is a spike, not
 * patience. A quiet day counts for more: whoever collects does so every day.
 */
const MOST = 1.5
const LEAST = -3
/** From here on a run may be one, and its days are not learned: it must not become the usual it is held against. */
const HELD = 1.5
/** So many days on end above the usual are a new usual: another role, another task. */
const ADAPT = 30

interface Expected extends Level {
  exposure: number
  before: readonly number[]
  seen: number
  /** How many times the usual is expected of a busy team or period. */
  level: number
}

interface Run {
  surprise: number
  days: number
}

/**
 * The stretch up to today that is least like chance: −ln p of its mean deviation (a GLR test over when it began), with
 * the mean itself known from so many days only.
 */
function longest(before: readonly number[], today: number, known: number): Run {
  let best: Run = { surprise: 0, days: 0 }
  let sum = today
  for (let k = 1; ; k++) {
    if (k >= FEWEST && sum > 0) {
      const surprise = (sum * sum) / (2 * (k + (k * k) / known))
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
    growth: field(
      z.number().min(1).default(1.25),
      'Growth',
      'Factor a month by which the usual may rise above the anchor frozen for 90 days.',
      1.1,
    ),
    half_life: field(
      duration().default(90 * 86400e3),
      'Half-life',
      'Of the anchor that days are held against; days of a run are not learned.',
      '90d',
    ),
  }),
  signs: ['traces'],
  scales: ['day'],
  share: 14,
  lasting: true,
  tail: { knee: 2, rate: 0.01, mean: 0.55 },
  baseline: z.object({
    level: levelsState,
    rhythm: rhythmState,
    /** Deviations of the last days, and how far above the usual they were (sum of observed, of expected). */
    days: z.array(z.number()),
    /** Days on end in a suspicious run. */
    held: z.number(),
  }),
  empty: () => ({ level: noLevels(), rhythm: [], days: [], held: 0 }),
  window: z.object({ traces: z.number() }),
  open: () => ({ traces: 0 }),
  width: LEVELS_WIDTH + RHYTHM_WIDTH,
  vector(b) {
    const vector = new Float64Array(LEVELS_WIDTH + RHYTHM_WIDTH)
    vector.set(levelsVector(b.level), 0)
    rhythmVector(b.rhythm, vector, LEVELS_WIDTH)
    return vector
  },
  observe(w, facts) {
    if (!facts.traces) return false
    w.traces += facts.traces
    return true
  },
  expect(b, view): Expected {
    const [peers, all] = [view.peers(), view.everyone()]
    const level = levelOf(b.level, peers, all, view.options.growth, view.span.from)
    const some = DAYS * Math.exp(level.mean)
    const usual = exposure(b.rhythm, dayCell(view.span.weekday), peers, all, LEVELS_WIDTH, some)
    return { ...level, exposure: usual, before: b.days, seen: b.level.seen, level: 1 }
  },
  counts: {
    excess: (expected, w, done) => ({
      over: levelAt(w.traces, expected.exposure * done) - expected.mean,
      spread: expected.spread,
    }),
    raise: (expected, level) => ({
      ...expected,
      exposure: expected.exposure * level,
      level: expected.level * level,
    }),
  },
  judge(expected, w, view) {
    if (expected.seen < 5) return undefined
    if (!view.final && w.traces < typical(expected)) return undefined
    const { surprise, factor } = runOf(w.traces, expected)
    return { surprise, quiet: factor < view.options.factor || w.traces < typical(expected) }
  },
  explain(expected, w, b, view) {
    const { days, factor } = runOf(w.traces, expected)
    const { first: from, last: to, seen: n } = b.level
    const usual = typical(expected)
    return {
      observed: w.traces,
      ...{ expected: usual, peers: Math.exp(expected.peers) * expected.exposure, baseline: { from, to, n } },
      summary: `About ${number(factor)} times the usual on ${days} working days up to ${when(view.span).slice(3)}; the last ${count(w.traces, 'trace')}, usually ${number(usual)}`,
      weight: days >= 8 ? 0 : -1,
      extra: { days, factor: short(factor), benign: 'A new task, a colleague’s holiday, a season' },
    }
  },
  renew(b) {
    renewLevel(b.level, 0.005)
    Object.assign(b, { days: [], held: 0 })
  },
  mature: (b) => b.level.seen >= 5,
  learn(b, w, expected, { span, options }) {
    const today = deviation(w.traces, expected)
    const { surprise } = longest(b.days, today, expected.known)
    if (expected.seen >= 5) b.days = [...b.days, short(today)].slice(-DAYS + 1)
    b.held = surprise > HELD ? b.held + 1 : 0
    if (b.held >= ADAPT) {
      // The usual has changed: from here on it is learned as if it were the first.
      renewLevel(b.level, 0.05)
      Object.assign(b, { days: [], held: 0 })
    }
    if (b.held > 0 && b.level.seen >= 10) return
    const { exposure } = expected
    const elapsed = b.level.seen ? span.from - b.level.last : 0
    learnLevel(b.level, levelAt(w.traces, exposure), expected, span.from, options.half_life)
    if (b.level.seen > 2) {
      const flat = Math.exp(expected.mean + expected.spread ** 2 / 2)
      const seen = w.traces / expected.level
      learnRhythm(b.rhythm, dayCell(span.weekday), seen, flat, elapsed, options.half_life * 2)
    }
  },
  told(b) {
    // Told is told: the next alert needs days of its own, and a new usual if this is to be one.
    renewLevel(b.level, 0.25)
    Object.assign(b, { days: [], held: 0 })
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

const levelAt = (traces: number, exposure: number): number => Math.log(traces + 0.5) - Math.log(exposure)

/** Of a day from what was expected, in deviations of the logarithm. */
const deviation = (traces: number, { mean, spread, exposure }: Expected): number =>
  Math.max(LEAST, Math.min(MOST, (levelAt(traces, exposure) - mean) / spread))

const typical = ({ mean, exposure }: Expected): number => Math.exp(mean) * exposure

/** The run that today belongs to, and how many times the usual its days were. */
function runOf(traces: number, expected: Expected) {
  const today = deviation(traces, expected)
  const run = longest(expected.before, today, expected.known)
  const recent = expected.before.slice(-run.days + 1)
  const mean = (recent.reduce((sum, z) => sum + z, 0) + today) / Math.max(1, run.days)
  return { ...run, factor: Math.exp(mean * expected.spread) }
}
