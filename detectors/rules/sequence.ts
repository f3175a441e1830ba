import { z } from 'zod'
import { field } from '../../core/field.ts'
import { duration } from '../../core/units.ts'
import type { TailPrior } from '../baseline/calibration.ts'
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
  /** How much one of them says, where they differ: 1 for a usual one. */
  heft?: (facts: Facts) => number
  /** The like of the second with nothing suspicious in it: what explains both is no news. */
  excuse?: (facts: Facts) => number
  /** `small read`: of what the second counts. */
  noun: string
  /** Of the first, for the summary: `after 3 attempts at bypass`. */
  after: string
  /** Less than this many times what is expected, or than this many, never alerts. */
  factor: number
  minimum: number
  /** A day of the second, where neither the user nor others are known. */
  usual: number
  /** As drawn companies show it, where it is not RARE. */
  tail?: TailPrior
}

/** Honest days with both steps are rare, whatever the steps are. */
const RARE: TailPrior = { knee: 1.5, rate: 0.0002, mean: 1.2 }
/** A first step so late in the day that the second may be on the next. */
const EVE = 8 * 3600e3

export function defineSequence(spec: Sequence): Detector {
  const { first, least, second, heft = second, excuse = () => 0, ...rest } = spec
  const { noun, after, factor, minimum, usual, tail = RARE, ...metadata } = rest
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
    tail,
    /** Points of the last day with a first step, and ms of that step. */
    baseline: z.object({ count: countsState, before: z.tuple([z.number(), z.number()]) }),
    empty: () => ({ count: noCounts(), before: [0, 0] as [number, number] }),
    /** Points and time of the first step; the second before it and after it, as counts and by weight. */
    window: z.object({
      ...{ first: z.number(), at: z.number(), before: z.number(), second: z.number() },
      ...{ lighter: z.number(), heavier: z.number(), excused: z.number() },
    }),
    open: () => ({ first: 0, at: 0, before: 0, second: 0, lighter: 0, heavier: 0, excused: 0 }),
    width: COUNTS_WIDTH,
    vector: (b) => countsVector(b.count),
    observe(w, facts) {
      const [one, two, excused] = [first(facts), second(facts), excuse(facts)]
      if (!one && !two && !excused) return false
      w.first += one
      w.excused += excused
      if (one) w.at = Math.max(w.at, facts.at)
      // Only what follows the first step; what came before it that day is ordinary.
      if (two && w.first > 0) {
        w.second += two
        w.heavier = short(w.heavier + heft(facts))
      } else if (two) {
        w.before += two
        w.lighter = short(w.lighter + heft(facts))
      }
      return w.first > 0 && (one || two) ? true : 'kept'
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
      const both = expected.yesterday >= least
      const observed = both ? w.before + w.second : w.second
      const weight = both ? w.lighter + w.heavier : w.heavier
      if (steps < view.options.least || observed === 0)
        return view.final ? { surprise: 0, quiet: true } : undefined
      const mean = expected.mean + w.excused
      const quiet = observed < view.options.minimum || weight < factor * mean
      return { surprise: surprise(weight, { ...expected, mean }) + Math.log(1 + steps / least), quiet }
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
      const total = w.lighter + w.heavier
      if (w.first) b.before = [short(w.first), w.at]
      if (total) learnCount(b.count, total, 1, expected, span.from, options.half_life)
    },
  })
}
