import { z } from 'zod'
import { commonOptions } from '../config.ts'
import { type Detector, defineDetector, type Metadata } from '../engine/detector.ts'
import type { Facts, Sign } from '../engine/facts.ts'
import type { Span } from '../engine/span.ts'
import { count, when } from './words.ts'

/** So many of them a summary names. */
const NAMED = 5

/** A deterministic detector: every such event alerts, one finding a user and day, outside the budget. */
export function defineCertain(
  spec: Metadata & {
    matches: (facts: Facts) => boolean
    /** Of what it matches; any, where they are not given. */
    signs?: readonly Sign[]
    noun: string
    /** So many of them are a step more severe. */
    grave: number
    /** What it may have been, if it was no harm. */
    benign?: string
    /** What the summary begins with, instead of the number alone. */
    heading?: string
    /** Further evidence, the same each time. */
    extra?: Readonly<Record<string, unknown>>
    /** What the summary names, where several such events are told apart. */
    which?: (facts: Facts) => string | undefined
  },
): Detector {
  const { matches, noun, grave, benign, heading, extra, which, ...metadata } = spec
  return defineDetector({
    ...metadata,
    options: z.strictObject(commonOptions),
    scales: ['day'],
    share: 0,
    tail: { knee: 0, rate: 0.01, mean: 1 },
    baseline: z.object({ seen: z.number() }),
    empty: () => ({ seen: 0 }),
    window: z.object({ seen: z.number(), which: z.array(z.string()).default([]) }),
    open: () => ({ seen: 0, which: [] }),
    width: 0,
    vector: () => [],
    observe(w: { seen: number; which: string[] }, facts) {
      if (!matches(facts)) return false
      w.seen++
      const name = which?.(facts)
      if (name !== undefined && !w.which.includes(name) && w.which.length < NAMED) w.which.push(name)
      return true
    },
    expect: () => 0,
    judge: (_none, w) => ({ surprise: 10 + w.seen, certain: true }),
    explain: (_none, w, _b, { span }: { span: Span }) => ({
      observed: w.seen,
      expected: 0,
      summary: `${heading === undefined ? '' : `${heading}: `}${count(w.seen, noun)}${w.which.length ? ` of ${w.which.join(', ')}` : ''} ${when(span)}`,
      weight: w.seen >= grave ? 1 : 0,
      extra: { ...extra, ...(benign !== undefined && { benign }) },
    }),
    mature: () => true,
    learn(b, w) {
      b.seen += w.seen
    },
  })
}
