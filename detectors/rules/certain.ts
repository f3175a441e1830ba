import { z } from 'zod'
import { commonOptions } from '../config.ts'
import { type Detector, defineDetector, type Metadata } from '../engine/detector.ts'
import type { Facts } from '../engine/facts.ts'
import type { Span } from '../engine/span.ts'
import { count, when } from './words.ts'

/** A deterministic detector: every such event alerts, one finding a user and day, outside the budget. */
export function defineCertain(
  spec: Metadata & { matches: (facts: Facts) => boolean; noun: string; grave: number },
): Detector {
  const { matches, noun, grave, ...metadata } = spec
  return defineDetector({
    ...metadata,
    options: z.strictObject(commonOptions),
    scales: ['day'],
    share: 0,
    tail: { knee: 0, rate: 0.01, mean: 1 },
    baseline: z.object({ seen: z.number() }),
    empty: () => ({ seen: 0 }),
    window: z.object({ seen: z.number() }),
    open: () => ({ seen: 0 }),
    width: 0,
    vector: () => [],
    observe(w: { seen: number }, facts) {
      if (!matches(facts)) return false
      w.seen++
      return true
    },
    expect: () => 0,
    judge: (_none, w) => ({ surprise: 10 + w.seen, certain: true }),
    explain: (_none, w, _b, { span }: { span: Span }) => ({
      observed: w.seen,
      expected: 0,
      summary: `${count(w.seen, noun)} ${when(span)}`,
      weight: w.seen >= grave ? 1 : 0,
    }),
    mature: () => true,
    learn(b, w) {
      b.seen += w.seen
    },
  })
}
