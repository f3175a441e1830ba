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
  surprise,
} from '../baseline/counts.ts'
import { fade, short } from '../baseline/round.ts'
import { countRange, lnShareTail } from '../baseline/tails.ts'
import { commonOptions } from '../config.ts'
import { defineDetector } from '../engine/detector.ts'
import type { Sums } from '../engine/population.ts'
import { reads, requests, workdays } from './examples.ts'
import { count, number, usually, when } from './words.ts'

const KEPT = 12
const DAY_OF_WORK = 1
/** Requests that a belief about the share refused is worth at most: days differ. */
const BELIEVED = 30
/** Where asking is rare, nobody is known to ask more than once or twice a day; and who asked once is known for it. */
const SELDOM = { rate: 1.5, spread: 0.5, dispersion: 0.3 }
const ONCE = 0.5

/** Requests, and how many came after a refusal of the day, repeated an earlier one, or went to another reviewer. */
const window = z.object({
  requests: z.number(),
  refused: z.number(),
  again: z.number(),
  repeated: z.number(),
  asked: z.array(z.string()),
  ids: z.array(z.string()),
})

interface Expected extends Prediction {
  /** Share of this user's requests that is refused. */
  refusals: number
}

export default defineDetector({
  name: 'approval-storm',
  title: 'Asks for approval again and again',
  technique: ['T1621'],
  severity: 'medium',
  runbook: [
    'Read the reasons given and the refusals; tell the reviewers before one of them gives in',
    'Ask the user what they need: a grant for the whole of it may serve, or none',
  ],
  blindSpots: ['A colleague who asks in the user’s stead', 'Requests spread over weeks'],
  options: z.strictObject({
    ...commonOptions,
    minimum: field(
      z.number().int().min(2).default(5),
      'Minimum',
      'Fewer requests than this a day never alert.',
      8,
    ),
    refused: field(
      z.number().int().min(2).default(3),
      'Refused',
      'So many refusals a day are enough, however few the requests.',
      4,
    ),
    half_life: field(
      duration().default(60 * 86400e3),
      'Half-life',
      'After this time an observation counts half.',
      '60d',
    ),
  }),
  signs: ['approval'],
  scales: ['day'],
  share: 2,
  tail: { knee: 3, rate: 0.001, mean: 1 },
  /** With it, of the requests, those that were refused, and all. */
  baseline: countsState.extend({ refused: z.number().default(0), asked: z.number().default(0) }),
  empty: () => ({ ...noCounts(), refused: 0, asked: 0 }),
  window,
  open: () => ({ requests: 0, refused: 0, again: 0, repeated: 0, asked: [], ids: [] }),
  width: COUNTS_WIDTH + 2,
  vector: (b) => [...countsVector(b, ONCE), b.refused, b.asked],
  observe(w, facts) {
    if (facts.action === 'approval-deny' || facts.action === 'approval-expire') {
      w.refused++
      return true
    }
    if (facts.action !== 'approval-request') return false
    if (facts.approval !== undefined) {
      // An identical retry joins the same approval: asked once, however often it is sent.
      if (w.ids.includes(facts.approval)) return false
      w.ids.push(facts.approval.slice(0, 64))
      if (w.ids.length > KEPT) w.ids.shift()
    }
    w.requests++
    if (w.refused > 0) w.again++
    const what = `${facts.collection ?? ''} ${(facts.hash ?? facts.shape ?? '').slice(0, 40)}`
    if (what !== ' ' && w.asked.includes(what)) w.repeated++
    else if (w.asked.length < KEPT) w.asked.push(what)
    return true
  },
  expect(b, view): Expected {
    const [peers, all] = [view.peers(), view.everyone()]
    const rate = (sums: Sums, prior: number) =>
      (sums.at(COUNTS_WIDTH) + 20 * prior) / (sums.at(COUNTS_WIDTH + 1) + 20)
    const refusals = (b.refused + 10 * rate(peers, rate(all, 0.2))) / (b.asked + 10)
    return { ...predict(b, DAY_OF_WORK, peers, all, 0, SELDOM), refusals }
  },
  judge(expected, w, view) {
    const { minimum, refused } = view.options
    const quiet = w.requests < minimum && w.refused < refused
    if (quiet && !view.final) return undefined
    if (w.requests === 0) return undefined
    // What was refused or answered before counts again when it is asked again.
    const weight = w.requests + w.again + 0.5 * w.repeated
    return { surprise: surprise(weight, expected) + refusalsOf(w, expected.refusals), quiet }
  },
  explain(expected, w, b, { span }) {
    const { low, high } = countRange(expected.mean, expected.dispersion)
    const after = w.again ? `, ${w.again} after a refusal` : ''
    const repeated = w.repeated ? `, ${w.repeated} for the same` : ''
    return {
      observed: w.requests,
      ...{ expected: expected.mean, low, high, peers: expected.peers },
      baseline: { from: b.first, to: b.last, n: b.seen },
      summary: `${count(w.requests, 'approval request')} ${when(span)}${after}${repeated}, usually ${number(expected.mean)} (${low}–${high}) ${usually(span)}`,
      weight: w.again >= 5 ? 1 : 0,
      extra: {
        refused: w.refused,
        after_refusal: w.again,
        repeated: w.repeated,
        benign: 'A task that needs many traces: better one request with a reason',
      },
    }
  },
  mature: (b) => b.seen >= 2,
  learn(b, w, expected, { span, options }) {
    if (!w.requests) return
    const keep = b.seen ? fade(span.from - b.last, options.half_life) : 0
    b.refused = short(b.refused * keep + Math.min(w.refused, w.requests))
    b.asked = short(b.asked * keep + w.requests)
    const weight = w.requests + w.again + 0.5 * w.repeated
    learnCount(b, weight, DAY_OF_WORK, expected, span.from, options.half_life)
  },
  examples: [
    {
      name: 'twelve requests, refused one after another',
      history: () => workdays(25, (day) => requests(day, day % 3 === 0 ? 1 : 0)),
      given: () => requests(25, 12, { refused: true }),
      fires: true,
    },
    {
      name: 'ten requests by somebody who never asked, refused one after another',
      history: () => workdays(25, (day) => reads(day, 12)),
      given: () => requests(25, 10, { refused: true }),
      fires: true,
    },
    {
      name: 'three requests by somebody who never asked',
      history: () => workdays(25, (day) => reads(day, 12)),
      given: () => requests(25, 3),
      fires: false,
    },
    {
      name: 'three requests, all refused, by somebody who was never refused',
      history: () => workdays(25, (day) => requests(day, day % 3 === 0 ? 1 : 0)),
      given: () => requests(25, 3, { refused: true }),
      fires: true,
    },
    {
      name: 'three requests on a day',
      history: () => workdays(25, (day) => requests(day, day % 3 === 0 ? 1 : 0)),
      given: () => requests(25, 3),
      fires: false,
    },
    {
      name: 'a release engineer who asks every day',
      history: () => workdays(25, (day) => requests(day, 8 + (day % 4))),
      given: () => requests(25, 14),
      fires: false,
    },
    {
      name: 'a day of reading',
      history: () => workdays(25, (day) => requests(day, day % 3 === 0 ? 1 : 0)),
      given: () => reads(25, 30),
      fires: false,
    },
  ],
})

/** Nats of surprise at how many of a day's requests were refused. */
function refusalsOf({ refused, requests }: z.infer<typeof window>, usual: number): number {
  if (refused === 0) return 0
  const share = Math.min(0.9, Math.max(0.03, usual))
  const all = Math.min(200, Math.max(requests, refused))
  return -lnShareTail(Math.min(refused, all), all, BELIEVED * share, BELIEVED * (1 - share))
}
