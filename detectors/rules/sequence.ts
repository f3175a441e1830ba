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
  surprise,
} from '../baseline/counts.ts'
import { short } from '../baseline/round.ts'
import { commonOptions } from '../config.ts'
import { type Detector, defineDetector, type Metadata } from '../engine/detector.ts'
import type { Facts, Sign } from '../engine/facts.ts'
import { count, number, when } from './words.ts'

/**
 * Two steps that mean more in this order than each alone: a first that is remembered for `within`, then more of a
 * second than usual. The second is a count with a baseline of its own; days without the first teach it.
 */
export interface Sequence extends Metadata {
  share: number
  first: (facts: Facts) => number
  /** Of both steps. */
  signs: readonly Sign[]
  /** How often the first must have happened, in points. */
  least: number
  second: (facts: Facts) => number
  /** `small read`: of what the second counts. */
  noun: string
  /** Of the first, for the summary: `after 3 attempts at bypass`. */
  after: string
  /** Less than this many times what is expected, or than this many, never alerts. */
  factor: number
  minimum: number
  /** A day of the second, where neither the user nor others are known. */
  usual: number
}

/** A first step so late in the day that the second may be on the next. */
const EVE = 8 * 3600e3

export function defineSequence(spec: Sequence): Detector {
  const { first, least, second, noun, after, factor, minimum, usual, ...metadata } = spec
  return defineDetector({
    ...metadata,
    options: z.strictObject({
      ...commonOptions,
      minimum: field(
        z.number().min(1).default(minimum),
        'Minimum',
        `Fewer (${noun}s) never alert.`,
        minimum * 2,
      ),
      least: field(
        z.number().min(0).default(least),
        'Least',
        `So many points ${after} make the first step.`,
        least,
      ),
      half_life: field(
        duration().default(45 * 86400e3),
        'Half-life',
        'After this time an observation counts half.',
        '45d',
      ),
    }),
    scales: ['day'],
    tail: { knee: 1.5, rate: 0.0002, mean: 1.2 },
    /** Points of the last day with a first step, and ms of that step. */
    baseline: z.object({ count: countsState, before: z.tuple([z.number(), z.number()]) }),
    empty: () => ({ count: noCounts(), before: [0, 0] as [number, number] }),
    window: z.object({ first: z.number(), at: z.number(), before: z.number(), second: z.number() }),
    open: () => ({ first: 0, at: 0, before: 0, second: 0 }),
    width: COUNTS_WIDTH,
    vector: (b) => countsVector(b.count),
    observe(w, facts) {
      const [one, two] = [first(facts), second(facts)]
      if (!one && !two) return false
      w.first += one
      if (one) w.at = Math.max(w.at, facts.at)
      // Only what follows the first step; what came before it that day is ordinary.
      if (two && w.first > 0) w.second += two
      else if (two) w.before += two
      return w.first > 0 ? true : 'kept'
    },
    expect(b, view) {
      const expected = predict(b.count, 1, view.peers(), view.everyone())
      const known = b.count.seen >= 3
      return {
        ...expected,
        mean: known ? expected.mean : Math.min(expected.mean, usual),
        yesterday: b.before[1] >= view.span.from - EVE ? b.before[0] : 0,
      }
    },
    judge(expected, w, view) {
      const steps = w.first + 0.5 * expected.yesterday
      const observed = expected.yesterday >= least ? w.before + w.second : w.second
      if (steps < view.options.least || observed === 0)
        return view.final ? { surprise: 0, quiet: true } : undefined
      const quiet = observed < Math.max(view.options.minimum, factor * expected.mean)
      return { surprise: surprise(observed, expected) + Math.log(1 + steps / least), quiet }
    },
    explain(expected, w, b, { span }) {
      const observed = w.second || w.before
      const { first: from, last: to, seen: n } = b.count
      return {
        observed,
        ...{ expected: expected.mean, peers: expected.peers, baseline: { from, to, n } },
        summary: `${count(observed, noun)} ${after} ${when(span)}, usually ${number(expected.mean)}`,
        weight: 0,
        extra: { first: w.first, benign: 'Somebody who was refused and found the proper way' },
      }
    },
    mature: (b) => b.count.seen >= 5,
    renew: (b) => renewCounts(b.count),
    learn(b, w, expected, { span, options }) {
      const total = w.before + w.second
      if (w.first) b.before = [short(w.first), w.at]
      if (total) learnCount(b.count, total, 1, expected, span.from, options.half_life)
    },
  })
}
