import { z } from 'zod'
import { field } from '../../core/field.ts'
import { duration } from '../../core/units.ts'
import { fade, short } from '../baseline/round.ts'
import { evenTail } from '../baseline/tails.ts'
import { commonOptions } from '../config.ts'
import { defineDetector } from '../engine/detector.ts'
import type { Sums } from '../engine/population.ts'
import { reads, team, workdays } from './examples.ts'
import { count, number, when } from './words.ts'

/** Of a user's days: faded number, mean of ln(1 + traces); over members: how many, sum and sum of squares of means. */
interface Group {
  members: number
  mean: number
  spread: number
}

const WITHIN = 0.7

/** Levels are logarithms of a week. */
interface Expected extends Group {
  own: number
  /** Weeks that the own level is known from. */
  known: number
  /** How many times the usual is expected of a busy period. */
  level: number
  /** What one week may teach, at most. */
  most: number
}

function groupOf(sums: Sums, parent: Group): Group {
  const members = sums.at(0)
  const weight = members / (members + 3)
  const own = members > 0 ? sums.at(1) / members : parent.mean
  const mean = weight * own + (1 - weight) * parent.mean
  const variance = members > 1 ? Math.max(0, sums.at(2) / members - own * own) : parent.spread ** 2
  return { members, mean, spread: Math.sqrt(weight * variance + (1 - weight) * (parent.spread ** 2 + 0.2)) }
}

const NOBODY: Group = { members: 0, mean: Math.log(12), spread: 1 }

export default defineDetector({
  name: 'peer-outlier',
  title: 'Reads far more in a week than anybody of the same role and team',
  technique: ['T1213', 'T1078'],
  severity: 'medium',
  runbook: [
    'Ask the team’s lead what this user does that the others do not',
    'Compare collections: those of the team, or others?',
    'A newcomer: see when the account was made, and by whom',
  ],
  blindSpots: [
    'A team that is busy together',
    'A role of one',
    'Heavy users of long standing: their own past speaks for them',
  ],
  options: z.strictObject({
    ...commonOptions,
    minimum: field(
      z.number().int().min(1).default(60),
      'Minimum',
      'Fewer traces than this in a week never alert.',
      200,
    ),
    half_life: field(
      duration().default(60 * 86400e3),
      'Half-life',
      'After this time an observation counts half.',
      '60d',
    ),
  }),
  signs: ['traces'],
  scales: ['week'],
  share: 6,
  lasting: true,
  tail: { knee: 0.9, rate: 0.01, mean: 0.35 },
  baseline: z.object({ n: z.number(), sum: z.number(), first: z.number(), last: z.number() }),
  empty: () => ({ n: 0, sum: 0, first: 0, last: 0 }),
  window: z.object({ traces: z.number(), days: z.array(z.number()) }),
  open: () => ({ traces: 0, days: [] }),
  width: 3,
  vector: (b) => (b.n < 0.7 ? [0, 0, 0] : [1, b.sum / b.n, (b.sum / b.n) ** 2]),
  observe(w, facts, _options, day) {
    if (!facts.traces) return false
    w.traces += facts.traces
    if (w.days.at(-1) !== day.from && !w.days.includes(day.from)) w.days.push(day.from)
    return true
  },
  expect(b, view): Expected {
    const all = groupOf(view.everyone(), NOBODY)
    const peers = groupOf(view.peers(), all)
    const own = b.n > 0 ? b.sum / b.n : peers.mean
    // Before anybody is known the usual is a guess, which bounds nothing.
    const most = all.members < 3 && b.n < 2 ? Infinity : Math.max(own, peers.mean) + 1.5
    return { ...peers, own, known: b.n, level: 1, most }
  },
  counts: {
    raise: (expected, level) => ({
      ...expected,
      mean: expected.mean + Math.log(level),
      own: expected.own + Math.log(level),
      level: expected.level * level,
    }),
  },
  judge(expected, w, view) {
    if (!view.final && (w.traces < view.options.minimum || expected.members < 3)) return undefined
    const level = Math.log(w.traces + 1)
    // A week of this user among the peers': their levels differ, and so do one's weeks.
    const apart = (level - expected.mean) / Math.sqrt(expected.spread ** 2 + WITHIN ** 2)
    // Who was always high is high: it is the rise that counts, as far as the own past is known.
    const trust = expected.known / (expected.known + 1.5)
    const rise = (level - expected.own) / WITHIN
    const z = (1 - trust) * apart + trust * Math.min(apart, rise)
    const quiet = w.traces < view.options.minimum || apart < 1 || expected.members < 3
    return { surprise: z > 0 ? evenTail((z * z) / 2 + z * 0.5, 0.5) : 0, quiet }
  },
  explain(expected, w, b, { span }) {
    const typical = Math.exp(expected.mean)
    const high = Math.exp(expected.mean + 1.645 * Math.hypot(expected.spread, WITHIN))
    return {
      observed: w.traces,
      ...{ expected: Math.exp(expected.own), high: Math.round(high), peers: typical },
      baseline: { from: b.first, to: b.last, n: Math.round(b.n) },
      summary: `${count(w.traces, 'trace')} ${when(span)}; ${count(Math.round(expected.members), 'peer')} read ${number(typical)} (up to ${number(high)}), this user before ${number(Math.exp(expected.own))}`,
      weight: w.traces > 5 * high ? 1 : 0,
      extra: { members: Math.round(expected.members), benign: 'A task that only this user has' },
    }
  },
  renew(b) {
    b.n = short(b.n * 0.1)
    b.sum = short(b.sum * 0.1)
  },
  mature: (b) => b.n >= 1.5,
  learn(b, w, expected, { span, options }) {
    const keep = b.last ? fade(span.from - b.last, options.half_life) : 0
    // A week of fewer days is a smaller week.
    const week = (w.traces * 5) / Math.max(1, Math.min(5, w.days.length)) / expected.level
    const level = Math.log(week + 1)
    b.n = short(b.n * keep + 1)
    b.sum = short(b.sum * keep + Math.min(level, expected.most))
    if (!b.first) b.first = span.from
    b.last = Math.max(b.last, span.from)
  },
  examples: [
    {
      name: 'ten times a usual week',
      history: () => team(30, 12),
      given: () => workdays(5, (day) => reads(30 + day, 300, { each: 20 })),
      fires: true,
    },
    {
      name: 'a busy week',
      history: () => workdays(30, (day) => reads(day, 12)),
      given: () => workdays(5, (day) => reads(30 + day, 25)),
      fires: false,
    },
  ],
})
