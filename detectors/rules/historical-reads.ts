import { z } from 'zod'
import { field } from '../../core/field.ts'
import { duration } from '../../core/units.ts'
import {
  AGES_WIDTH,
  ageBin,
  agesState,
  agesVector,
  binAge,
  learnAges,
  noAges,
  type Reach,
  reachOf,
  renewAges,
  type Spread,
  spread,
} from '../baseline/ages.ts'
import { fade, short } from '../baseline/round.ts'
import { commonOptions } from '../config.ts'
import { defineDetector } from '../engine/detector.ts'
import { reads, workdays } from './examples.ts'
import { age, count, when } from './words.ts'

/** Deviations above the median from which a read is odd. */
const ODD = 2

/** `[bin, weight, traces]`: one read of many traces weighs more than of one, but far less than as many reads. */
const bins = z.array(z.tuple([z.number(), z.number(), z.number()]))

/**
 * How much is read from beyond an age, on days that reach it at all: a Lomax distribution, for days differ.
 * @returns −ln of its tail
 */
const SHAPE = 3
const muchTail = (weight: number, mean: number): number =>
  SHAPE * Math.log1p(Math.max(0, weight - 1) / (SHAPE * Math.max(0.5, mean)))

interface Expected extends Spread, Reach {
  own: boolean
}

/**
 * The age beyond which the day's reads are least like chance: a hurdle model (Mullahy 1986), how often a day of this
 * user reaches that far at all, and how much is then read from there.
 */
function farthest(sorted: readonly (readonly [number, number, number])[], { often, much }: Reach): number {
  let best = 0
  let weight = 0
  for (const [bin, w] of sorted) {
    weight += w
    best = Math.max(best, -Math.log(often[bin]!) + muchTail(weight, much[bin]!))
  }
  return best
}

const deviations = (bin: number, usual: Spread) => (binAge(bin) - usual.median) / usual.scale

export default defineDetector({
  name: 'historical-reads',
  title: 'Reads much older traces than this user does',
  technique: ['T1213'],
  severity: 'high',
  runbook: [
    'Open the recording',
    'Ask the owner of the collection whether a backfill, an audit or an old incident is being worked on',
    'Compare with what the user was asked to do; old traces are what leavers take',
  ],
  blindSpots: [
    'A user whose usual work is historical',
    'Traces whose creation time is not known: unknown is neither old nor new',
    'A new user in a team that reads old traces',
  ],
  options: z.strictObject({
    ...commonOptions,
    minimum: field(
      z.number().int().min(1).default(8),
      'Minimum',
      'Fewer old traces than this a day never alert.',
      20,
    ),
    samples: field(
      z.number().int().min(1).default(30),
      'Samples',
      'Below this many reads of one’s own, the peers’ ages are what is usual.',
      50,
    ),
    half_life: field(
      duration().default(60 * 86400e3),
      'Half-life',
      'After this time an observation counts half.',
      '60d',
    ),
  }),
  signs: ['age'],
  scales: ['day'],
  share: 7,
  tail: { knee: 6, rate: 0.003, mean: 0.8 },
  baseline: agesState,
  empty: noAges,
  window: z.object({ bins }),
  open: () => ({ bins: [] }),
  width: AGES_WIDTH,
  vector: agesVector,
  observe(w, facts) {
    if (facts.age === undefined) return false
    const bin = ageBin(facts.age)
    const traces = Math.max(1, facts.traces ?? 1)
    let entry: (typeof w.bins)[number] | undefined
    for (const known of w.bins) if (known[0] === bin) entry = known
    if (!entry) {
      entry = [bin, 0, 0]
      w.bins.push(entry)
    }
    entry[1] = short(entry[1] + 1 + Math.log2(traces))
    entry[2] += traces
    return true
  },
  expect(b, view): Expected {
    const peers = view.peers()
    const vector = agesVector(b)
    const { often, much } = reachOf(b, vector, peers, view.everyone())
    const own = b.n >= view.options.samples
    const { median, scale, n } = spread(own ? vector : vector.map((weight, bin) => weight + peers.at(bin)))
    return { median, scale, n, often, much, own }
  },
  judge(usual, w, view) {
    // Neither the user nor the team is known: nothing can be unusual yet.
    if (usual.n < view.options.samples) return undefined
    let old = 0
    for (const [bin, , traces] of w.bins) if (deviations(bin, usual) > ODD) old += traces
    const quiet = old < view.options.minimum
    if (quiet && !view.final) return undefined
    const odd = w.bins.filter(([bin]) => deviations(bin, usual) > ODD).sort((x, y) => y[0] - x[0])
    return { surprise: farthest(odd, usual), quiet }
  },
  explain(usual, w, b, view) {
    const odd = w.bins.filter(([bin]) => deviations(bin, usual) > ODD)
    const old = odd.reduce((total, [, , traces]) => total + traces, 0)
    const oldest = 10 ** binAge(Math.max(...odd.map(([bin]) => bin)))
    const typical = 10 ** usual.median
    const high = 10 ** (usual.median + ODD * usual.scale)
    const whose = usual.own ? 'this user' : 'the team'
    return {
      observed: old,
      baseline: { from: b.first, to: b.last, n: Math.round(b.n) },
      summary: `${count(old, 'trace')} up to ${age(oldest)} old ${when(view.span)}, usually ${age(typical)} (up to ${age(high)}) for ${whose}`,
      weight: old >= 200 ? 1 : old < 20 ? -1 : 0,
      extra: {
        oldest_days: Math.round(oldest),
        usual_days: short(typical),
        usual_high_days: short(high),
        benign: 'An audit, a question from a customer about an old case',
      },
    }
  },
  renew: renewAges,
  mature: (b) => b.n >= 60,
  learn(b, w, _usual, { span, options }) {
    const keep = b.n ? fade(span.from - b.last, options.half_life) : 0
    learnAges(
      b,
      w.bins.map(([bin, weight]) => [bin, weight] as const),
      keep,
      span.from,
    )
  },
  examples: [
    {
      name: 'a hundred traces of last year after weeks of this week’s',
      history: () => workdays(25, (day) => reads(day, 12, { age: 0.5 + (day % 4) })),
      given: () => reads(25, 100, { age: 300, each: 10 }),
      fires: true,
    },
    {
      name: 'an auditor, whose work is old traces',
      history: () => workdays(25, (day) => reads(day, 30, { age: 200 + 30 * (day % 7) })),
      given: () => reads(25, 60, { age: 420 }),
      fires: false,
    },
    {
      name: 'one look at an old trace',
      history: () => workdays(25, (day) => reads(day, 12, { age: 0.5 + (day % 4) })),
      given: () => reads(25, 1, { age: 300 }),
      fires: false,
    },
    {
      name: 'creation times unknown',
      history: () => workdays(25, (day) => reads(day, 12, { age: 1 })),
      given: () => reads(25, 100, {}),
      fires: false,
    },
  ],
})
