import { z } from 'zod'
import { commonOptions } from '../config.ts'
import { type Detector, defineDetector } from '../engine/detector.ts'
import type { Span } from '../engine/span.ts'
import { count, when } from '../rules/words.ts'
import type { SigmaRule } from './rule.ts'

/** A rule as a detector: certain, outside the budget, one finding a user and day. */
export function sigmaDetector(rule: SigmaRule): Detector {
  const { name, title, technique, severity, matches, description, references, falsePositives, id } = rule
  return defineDetector({
    ...{ name, title, technique, severity },
    runbook: [
      description ?? 'Look at the events: the rule says no more',
      ...references.map((url) => `See ${url}`),
    ],
    blindSpots: ['Whatever the rule does not name, and events without a user'],
    examples: [],
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
      if (!matches(facts.event)) return false
      w.seen++
      return true
    },
    expect: () => 0,
    judge: (_none, w) => ({ surprise: 10 + w.seen, certain: true }),
    explain: (_none, w, _b, { span }: { span: Span }) => ({
      observed: w.seen,
      expected: 0,
      summary: `${title}: ${count(w.seen, 'event')} ${when(span)}`,
      extra: {
        rule: id === undefined ? title : `${title} (${id})`,
        ...(falsePositives.length > 0 && { benign: falsePositives.join('; ').slice(0, 1000) }),
      },
    }),
    mature: () => true,
    learn(b, w) {
      b.seen += w.seen
    },
  })
}
