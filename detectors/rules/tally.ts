import { z } from 'zod'
import { field } from '../../core/field.ts'
import { duration } from '../../core/units.ts'
import {
  COUNTS_WIDTH,
  countsState,
  countsVector,
  learnCount,
  noCounts,
  type Prediction,
  predict,
  renewCounts,
  surprise,
} from '../baseline/counts.ts'
import { countRange } from '../baseline/tails.ts'
import { commonOptions } from '../config.ts'
import { type Detector, defineDetector, type Metadata } from '../engine/detector.ts'
import type { Facts } from '../engine/facts.ts'
import { count, number, usually, when } from './words.ts'

/** A count of rare acts a day, against what is usual for this person and their peers. */
export interface Tally extends Metadata {
  share: number
  concerns: (facts: Facts) => boolean
  /** How much an act counts. */
  weigh: (facts: Facts) => number
  noun: string
  /** What it may have been, if it was no harm. */
  benign: string
  minimum: number
  factor: number
}

export function defineTally(spec: Tally): Detector {
  const { weigh, noun, benign, minimum, factor, ...metadata } = spec
  return defineDetector({
    ...metadata,
    options: z.strictObject({
      ...commonOptions,
      minimum: field(
        z.number().min(1).default(minimum),
        'Minimum',
        `Fewer (${noun}s) a day never alert.`,
        minimum * 2,
      ),
      factor: field(
        z.number().min(1).default(factor),
        'Factor',
        'Nor does less than this many times what was expected.',
        factor + 1,
      ),
      half_life: field(
        duration().default(45 * 86400e3),
        'Half-life',
        'After this time a day counts half.',
        '45d',
      ),
    }),
    signs: ['deed'],
    scales: ['day'],
    tail: { knee: 2, rate: 0.01, mean: 1 },
    baseline: countsState,
    empty: noCounts,
    window: z.object({ n: z.number() }),
    open: () => ({ n: 0 }),
    width: COUNTS_WIDTH,
    vector: countsVector,
    observe(w, facts) {
      const weight = weigh(facts)
      if (weight <= 0) return false
      w.n += weight
      return true
    },
    expect(b, view): Prediction {
      const expected = predict(b, 1, view.peers(), view.everyone())
      // Nobody known does it: then a few are usual, not none.
      return b.seen >= 3 ? expected : { ...expected, mean: Math.min(expected.mean, minimum / 2) }
    },
    judge(expected, w, { options, final }) {
      const quiet = w.n < Math.max(options.minimum, options.factor * expected.mean)
      return quiet && !final ? undefined : { surprise: surprise(w.n, expected), quiet }
    },
    explain(expected, w, b, { span }) {
      const { low, high } = countRange(expected.mean, expected.dispersion)
      return {
        observed: w.n,
        ...{ expected: expected.mean, low, high, peers: expected.peers },
        baseline: { from: b.first, to: b.last, n: b.seen },
        summary: `${count(w.n, noun)} ${when(span)}, usually ${number(expected.mean)} (${low}–${high}) ${usually(span)}`,
        weight: w.n >= 10 * expected.mean ? 1 : 0,
        extra: { benign },
      }
    },
    mature: (b) => b.seen >= 5,
    renew: renewCounts,
    learn: (b, w, expected, { span, options }) => {
      learnCount(b, w.n, 1, expected, span.from, options.half_life)
    },
  })
}
