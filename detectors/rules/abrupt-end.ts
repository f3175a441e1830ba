import { z } from 'zod'
import { field } from '../../core/field.ts'
import { duration } from '../../core/units.ts'
import { fade, short } from '../baseline/round.ts'
import { evenTail, lnErlangTail, lnShareTail } from '../baseline/tails.ts'
import { commonOptions } from '../config.ts'
import { defineDetector } from '../engine/detector.ts'
import type { Sums } from '../engine/population.ts'
import { sessions, workdays } from './examples.ts'
import { count, number, when } from './words.ts'

const SESSIONS = 12

/** Ends of sessions: with a sensitive field displayed shortly before (aborted, all), and without (aborted, all). */
const tally = z.object({
  aborted: z.number(),
  ends: z.number(),
  otherAborted: z.number(),
  otherEnds: z.number(),
})
const none = () => ({ aborted: 0, ends: 0, otherAborted: 0, otherEnds: 0 })
type Tally = z.infer<typeof tally>

interface Expected {
  /** Share of sessions that break off, for this user. */
  share: number
  /** How many ends that belief is worth. */
  weight: number
  peers: number
}

export default defineDetector({
  name: 'abrupt-end',
  title: 'Breaks sessions off right after something sensitive was displayed',
  technique: ['T1070', 'T1029'],
  severity: 'medium',
  runbook: [
    'Replay the last seconds of the sessions listed: what stood on the screen when it was cut?',
    'Look for a network fault: other users of the same office or client breaking off at the time',
    'Ask whether a screen was photographed or a client killed before it could log',
  ],
  blindSpots: [
    'A copy taken at leisure before an orderly end',
    'An unstable network hides it: everything breaks off',
  ],
  options: z.strictObject({
    ...commonOptions,
    within: field(
      duration().default(30e3),
      'Within',
      'How soon after the display an end counts as abrupt.',
      '30s',
    ),
    half_life: field(
      duration().default(90 * 86400e3),
      'Half-life',
      'After this time an observation counts half.',
      '90d',
    ),
  }),
  signs: ['sensitive', 'end'],
  scales: ['day'],
  share: 8,
  tail: { knee: 3.4, rate: 0.01, mean: 0.5 },
  baseline: tally.extend({ first: z.number(), last: z.number() }),
  empty: () => ({ ...none(), first: 0, last: 0 }),
  window: tally.extend({
    /** Sum of ln(within ÷ delay) over the aborts, and the shortest delay in ms. */
    haste: z.number(),
    shortest: z.number(),
    /** `[session, ms of the last sensitive display]`. */
    shown: z.array(z.tuple([z.string(), z.number()])),
  }),
  open: () => ({ ...none(), haste: 0, shortest: 0, shown: [] }),
  width: 4,
  vector: (b) => [b.aborted, b.ends, b.otherAborted, b.otherEnds],
  observe(w, facts, options) {
    if (facts.sensitive) {
      let known: (typeof w.shown)[number] | undefined
      for (const entry of w.shown) if (entry[0] === facts.session) known ??= entry
      if (known) known[1] = Math.max(known[1], facts.at)
      else {
        w.shown.push([facts.session, facts.at])
        if (w.shown.length > SESSIONS) w.shown.shift()
      }
      return 'kept'
    }
    if (facts.end === undefined || facts.end === 'killed') return false
    const shown = w.shown.find(([session]) => session === facts.session)
    w.shown = w.shown.filter((entry) => entry !== shown)
    const delay = facts.sinceSensitive ?? (shown && Math.max(0, facts.at - shown[1]))
    const aborted = facts.end === 'abort' ? 1 : 0
    if (delay === undefined || delay > options.within) {
      w.otherEnds++
      w.otherAborted += aborted
    } else {
      w.ends++
      w.aborted += aborted
      if (aborted) {
        w.haste = short(w.haste + Math.log(options.within / Math.max(delay, 1)))
        w.shortest = w.aborted === 1 ? delay : Math.min(w.shortest, delay)
      }
    }
    return true
  },
  expect(b, view): Expected {
    const rate = (sums: Sums, prior: number, weight: number) =>
      (sums.at(0) + sums.at(2) + weight * prior) / (sums.at(1) + sums.at(3) + weight)
    const peers = rate(view.peers(), rate(view.everyone(), 0.03, 50), 50)
    const ends = b.ends + b.otherEnds
    return {
      share: (b.aborted + b.otherAborted + 30 * peers) / (ends + 30),
      weight: Math.min(ends + 30, 150),
      peers,
    }
  },
  judge(expected, w, view) {
    if (!w.aborted) return view.final && w.ends + w.otherEnds > 0 ? { surprise: 0 } : undefined
    // A network that is bad today breaks off other sessions too: they speak for the user.
    const share =
      (expected.share * expected.weight + 4 * w.otherAborted) / (expected.weight + 4 * w.otherEnds)
    const weight = Math.min(expected.weight, 40)
    const often = -lnShareTail(w.aborted, Math.min(w.ends, 500), share * weight, (1 - share) * weight)
    const hasty = -lnErlangTail(w.haste, w.aborted)
    return { surprise: evenTail(often + hasty, 0.7) }
  },
  explain(expected, w, b, { span }) {
    const ends = Math.round(b.ends + b.otherEnds)
    const delay = w.shortest < 1000 ? `${Math.round(w.shortest)} ms` : `${number(w.shortest / 1000)} s`
    return {
      observed: w.aborted,
      expected: expected.share * w.ends,
      peers: expected.peers * w.ends,
      baseline: { from: b.first, to: b.last, n: ends },
      summary: `${count(w.aborted, 'session')} broken off, ${delay} after a sensitive field was displayed, ${when(span)}; usually ${(expected.share * 100).toFixed(1)} % break off (${number(ends)} ends known)`,
      weight: w.aborted === 1 ? -1 : w.aborted >= 6 ? 1 : 0,
      extra: {
        shortest_ms: Math.round(w.shortest),
        sensitive_ends: w.ends,
        other_aborts: w.otherAborted,
        benign: 'A bad network, a client that crashes, an office that lost its line',
      },
    }
  },
  mature: (b) => b.ends + b.otherEnds >= 10,
  learn(b, w, _expected, { span, options }) {
    if (!w.ends && !w.otherEnds) return
    const keep = b.last ? fade(span.from - b.last, options.half_life) : 0
    for (const key of [
      'aborted',
      'ends',
      'otherAborted',
      'otherEnds',
    ] as const satisfies readonly (keyof Tally)[])
      b[key] = short(b[key] * keep + w[key])
    if (!b.first) b.first = span.from
    b.last = Math.max(b.last, span.from)
  },
  examples: [
    {
      name: 'five sessions cut within a second of something sensitive',
      history: () => workdays(25, (day) => sessions(day, 5, {})),
      given: () => sessions(25, 5, { cut: 1, delay: 400 }),
      fires: true,
    },
    {
      name: 'one cut after 310 ms, by somebody who never broke off in months',
      history: () => workdays(60, (day) => sessions(day, 8, {})),
      given: () => sessions(60, 1, { cut: 1, delay: 310 }),
      fires: true,
    },
    {
      name: 'a bad network, where every third session breaks off',
      history: () => workdays(25, (day) => sessions(day, 6, { cut: 3, delay: 9000 })),
      given: () => sessions(25, 9, { cut: 3, delay: 8000 }),
      fires: false,
    },
    {
      name: 'orderly ends right after something sensitive',
      history: () => workdays(25, (day) => sessions(day, 5, {})),
      given: () => sessions(25, 5, { delay: 300 }),
      fires: false,
    },
  ],
})
