import { z } from 'zod'
import { field } from '../../core/field.ts'
import { duration } from '../../core/units.ts'
import { fade, short } from '../baseline/round.ts'
import { lnShareTail } from '../baseline/tails.ts'
import { commonOptions } from '../config.ts'
import { defineDetector } from '../engine/detector.ts'
import type { Facts } from '../engine/facts.ts'
import { granted, reviews, workdays } from './examples.ts'
import { count, number, when } from './words.ts'

/** `[partner, approvals given to them, approvals had from them]`, and the same for everybody. */
const ties = z.object({
  partners: z.array(z.tuple([z.string(), z.number(), z.number()])),
  given: z.number(),
  taken: z.number(),
})
type Ties = z.infer<typeof ties>
const none = (): Ties => ({ partners: [], given: 0, taken: 0 })
const PARTNERS = 16
const IDS = 48
const MOST = 400
/** How much the usual share counts against what is seen, in decisions. */
const WEIGHT = 20

const decides = ({ action, user, reviewer }: Facts) => action === 'approval-grant' && reviewer === user

function add(into: Ties, partner: string, given: number, taken: number): void {
  const known = into.partners.find(([name]) => name === partner)
  if (known) {
    known[1] = short(known[1] + given)
    known[2] = short(known[2] + taken)
  } else into.partners.push([partner, given, taken])
  into.given = short(into.given + given)
  into.taken = short(into.taken + taken)
  if (into.partners.length > PARTNERS)
    into.partners = into.partners.toSorted((a, b) => b[1] + b[2] - a[1] - a[2]).slice(0, PARTNERS)
}

/** −ln of the chance that so many of all go to one, where `usual` of them do. */
function surpriseOf(one: number, all: number, usual: number): number {
  const scale = Math.min(1, MOST / Math.max(1, all))
  const n = Math.round(all * scale)
  return -lnShareTail(Math.min(n, Math.round(one * scale)), n, usual * WEIGHT, (1 - usual) * WEIGHT)
}

/** The partner with whom it is most mutual. */
function closest(b: Ties, w: Ties): { name: string; given: number; taken: number } {
  let best = { name: '', given: 0, taken: 0 }
  for (const [name, ...now] of w.partners) {
    const before = b.partners.find(([other]) => other === name)
    const given = now[0] + (before?.[1] ?? 0)
    const taken = now[1] + (before?.[2] ?? 0)
    if (Math.min(given, taken) > Math.min(best.given, best.taken)) best = { name, given, taken }
  }
  return best
}

export default defineDetector({
  name: 'reviewer-pair',
  title: 'Two people who always approve each other',
  technique: ['T1078', 'T1199'],
  severity: 'high',
  runbook: [
    'Read what the two approved for each other, and whether other reviewers were free',
    'Raise the number of approvals for their requests, or put them into different reviewer groups',
    'Look at both pages: risk, alerts, sessions after the grants',
  ],
  blindSpots: [
    'Three people who take turns',
    'A team with two reviewers looks like a pair: raise `usual` there, or add reviewers',
    'Events that do not say who asked and who decided (imports)',
  ],
  options: z.strictObject({
    ...commonOptions,
    minimum: field(
      z.number().int().min(2).default(5),
      'Minimum',
      'Fewer approvals in either direction never alert.',
      10,
    ),
    usual: field(
      z.number().min(0.05).max(0.95).default(0.3),
      'Usual share',
      'The part of somebody’s approvals that one reviewer gives, where nothing is wrong.',
      0.5,
    ),
    half_life: field(
      duration().default(30 * 86400e3),
      'Half-life',
      'After this time an approval counts half.',
      '30d',
    ),
  }),
  scales: ['day'],
  share: 0.25,
  tail: { knee: 4, rate: 0.01, mean: 1 },
  baseline: ties.extend({ first: z.number(), last: z.number() }),
  empty: () => ({ ...none(), first: 0, last: 0 }),
  window: ties.extend({ ids: z.array(z.string()) }),
  open: () => ({ ...none(), ids: [] }),
  width: 0,
  vector: () => [],
  reviewers: true,
  signs: ['approval'],
  concerns: (facts) =>
    facts.approval !== undefined && (decides(facts) || (facts.read && facts.reviewer !== undefined)),
  observe(w, facts) {
    const gives = decides(facts)
    const partner = gives ? facts.requester : facts.reviewer
    const { approval: id } = facts
    if (partner === undefined || id === undefined || partner === facts.user) return false
    // A grant is used for many pages: it is one approval.
    if (w.ids.includes(id)) return false
    w.ids.push(id)
    if (w.ids.length > IDS) w.ids.shift()
    add(w, partner, gives ? 1 : 0, gives ? 0 : 1)
    return true
  },
  expect: (b) => ({ ...b, partners: b.partners.map((one) => [...one] as Ties['partners'][number]) }),
  judge(b, w, { options, final }) {
    const { given, taken } = closest(b, w)
    if (Math.min(given, taken) < options.minimum) return final ? { surprise: 0, quiet: true } : undefined
    const [given_, taken_] = [b.given + w.given, b.taken + w.taken]
    return { surprise: surpriseOf(given, given_, options.usual) + surpriseOf(taken, taken_, options.usual) }
  },
  explain(b, w, state, { span, options }) {
    const { name, given, taken } = closest(b, w)
    const total = { given: b.given + w.given, taken: b.taken + w.taken }
    const part = (one: number, all: number) => `${number(Math.round(one))} of ${number(Math.round(all))}`
    return {
      observed: Math.round(given + taken),
      expected: options.usual * (total.given + total.taken),
      baseline: { from: state.first, to: state.last, n: Math.round(state.given + state.taken) },
      summary: `approved ${part(given, total.given)} times for ${name}, who approved ${part(taken, total.taken)} of their requests; ${count(w.given + w.taken, 'approval')} ${when(span)}`,
      extra: { partner: name, benign: 'A team in which only these two may review' },
    }
  },
  mature: (b) => b.given + b.taken >= 20,
  learn(b, w, _expected, { span, options }) {
    const keep = b.last ? fade(span.from - b.last, options.half_life) : 0
    b.given = short(b.given * keep)
    b.taken = short(b.taken * keep)
    b.partners = b.partners.map(([name, given, taken]): Ties['partners'][number] => [
      name,
      short(given * keep),
      short(taken * keep),
    ])
    for (const [name, given, taken] of w.partners) add(b, name, given, taken)
    if (!b.first) b.first = span.from
    b.last = Math.max(b.last, span.from)
  },
  examples: [
    {
      name: 'weeks of approvals for one colleague, who approves everything in return',
      history: () =>
        workdays(15, function* (day) {
          yield* reviews(day, 1, {})
          yield* granted(day, 1)
        }),
      given: () =>
        workdays(5, function* (day) {
          yield* reviews(day + 15, 8, { requester: 'u2' })
          yield* granted(day + 15, 8, 'u2')
        }),
      fires: true,
    },
    {
      name: 'a busy reviewer of many, who is reviewed by many',
      history: () =>
        workdays(15, function* (day) {
          yield* reviews(day, 6, {})
          yield* granted(day, 3)
        }),
      given: () =>
        workdays(3, function* (day) {
          yield* reviews(day + 15, 12, {})
          yield* granted(day + 15, 4)
        }),
      fires: false,
    },
    {
      name: 'one who approves much for a colleague, but is approved by others',
      history: () => workdays(15, (day) => granted(day, 2)),
      given: () => reviews(15, 20, { requester: 'u2' }),
      fires: false,
    },
  ],
})
