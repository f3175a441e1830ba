import { z } from 'zod'
import { field } from '../../core/field.ts'
import { duration } from '../../core/units.ts'
import { fade, short } from '../baseline/round.ts'
import { lnShareTail } from '../baseline/tails.ts'
import { commonOptions } from '../config.ts'
import { defineDetector } from '../engine/detector.ts'
import { reviews, workdays } from './examples.ts'
import { count, number, when } from './words.ts'

/** Decisions of a reviewer, those that said yes at once, and those that said no. */
const decisions = z.object({ all: z.number(), hasty: z.number(), denied: z.number() })
const none = () => ({ all: 0, hasty: 0, denied: 0 })
/** More than this are not summed one by one. */
const MOST = 400
/** How much others' part counts against what is seen, in decisions. */
const WEIGHT = 20

/** −ln of the chance that so many of all are hasty, where `usual` of others' are. */
function surpriseOf(hasty: number, all: number, usual: number): number {
  const scale = Math.min(1, MOST / Math.max(1, all))
  const n = Math.round(all * scale)
  return -lnShareTail(Math.min(n, Math.round(hasty * scale)), n, usual * WEIGHT, (1 - usual) * WEIGHT)
}

export default defineDetector({
  name: 'rubber-stamp',
  title: 'Approves within seconds, and always',
  technique: ['T1078', 'T1199'],
  severity: 'medium',
  runbook: [
    'Read what was approved: how many traces, of whom, and with which reasons',
    'Ask the reviewer how they decide; a rule that asks for what nobody looks at should change',
    'Look whether one requester profits: see reviewer-pair',
  ],
  blindSpots: [
    'A reviewer who waits a little before saying yes',
    'Approvals whose events do not say how long they waited (imports)',
  ],
  options: z.strictObject({
    ...commonOptions,
    within: field(duration().default(10e3), 'Within', 'A yes sooner than this was not read.', '5s'),
    minimum: field(z.number().int().min(3).default(10), 'Minimum', 'Fewer hasty approvals never alert.', 20),
    denials: field(
      z.number().min(0).max(1).default(0.05),
      'Denials',
      'Who says no to more than this part of what they are asked is no rubber stamp.',
      0.1,
    ),
    half_life: field(
      duration().default(30 * 86400e3),
      'Half-life',
      'After this time a decision counts half.',
      '30d',
    ),
  }),
  scales: ['day'],
  share: 0.25,
  tail: { knee: 3, rate: 0.01, mean: 1 },
  baseline: decisions.extend({ first: z.number(), last: z.number() }),
  empty: () => ({ ...none(), first: 0, last: 0 }),
  window: decisions,
  open: none,
  width: 2,
  vector: (b) => [b.hasty, b.all],
  reviewers: true,
  signs: ['approval'],
  concerns: ({ action, user, reviewer }) =>
    reviewer === user && (action === 'approval-grant' || action === 'approval-deny'),
  observe(w, { action, waited }, options) {
    if (waited === undefined) return false
    w.all++
    if (action === 'approval-deny') w.denied++
    else if (waited < options.within) w.hasty++
    return true
  },
  expect(b, view) {
    const others = view.everyone()
    return { ...b, usual: (others.at(0) + 0.1 * WEIGHT) / (others.at(1) + WEIGHT) }
  },
  judge(b, w, { options, final }) {
    const [all, hasty, denied] = [b.all + w.all, b.hasty + w.hasty, b.denied + w.denied]
    const quiet = w.hasty === 0 || hasty < options.minimum || denied > options.denials * all
    if (quiet) return final ? { surprise: 0, quiet: true } : undefined
    // Today alone, or all there is: a habit of stamping must not excuse itself.
    return { surprise: Math.max(surpriseOf(w.hasty, w.all, b.usual), surpriseOf(hasty, all, b.usual)) }
  },
  explain(b, w, state, { span, options }) {
    const [all, hasty, denied] = [b.all + w.all, b.hasty + w.hasty, b.denied + w.denied]
    return {
      observed: Math.round(hasty),
      expected: b.usual * all,
      baseline: { from: state.first, to: state.last, n: Math.round(state.all) },
      summary: `${count(w.hasty, 'approval')} within ${number(options.within / 1000)} s ${when(span)}; lately ${number(Math.round(hasty))} of ${number(Math.round(all))} decisions, with ${count(Math.round(denied), 'refusal')}; others ${(b.usual * 100).toFixed(0)} %`,
      extra: { benign: 'Requests that were agreed on before they were made' },
    }
  },
  mature: (b) => b.all >= 20,
  learn(b, w, _expected, { span, options }) {
    const keep = b.last ? fade(span.from - b.last, options.half_life) : 0
    for (const key of ['all', 'hasty', 'denied'] as const) b[key] = short(b[key] * keep + w[key])
    if (!b.first) b.first = span.from
    b.last = Math.max(b.last, span.from)
  },
  examples: [
    {
      name: 'fourteen approvals within seconds, and no refusal in weeks',
      history: () => workdays(20, (day) => reviews(day, 2, {})),
      given: () => reviews(20, 14, { waited: 1500 }),
      fires: true,
    },
    {
      name: 'a reviewer who reads first',
      history: () => workdays(20, (day) => reviews(day, 3, { waited: 90e3 })),
      given: () => reviews(20, 14, { waited: 60e3 }),
      fires: false,
    },
    {
      name: 'quick, but often no',
      history: () => workdays(20, (day) => reviews(day, 3, { deny: 3 })),
      given: () => reviews(20, 14, { waited: 1500, deny: 3 }),
      fires: false,
    },
  ],
})
