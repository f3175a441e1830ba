import { z } from 'zod'
import { field } from '../../core/field.ts'
import { duration } from '../../core/units.ts'
import { fade, short } from '../baseline/round.ts'
import { commonOptions } from '../config.ts'
import { defineDetector } from '../engine/detector.ts'
import { at, workdays } from './examples.ts'
import { count, number, when } from './words.ts'

/** Hours of a working day, then of a weekend day; and how many days of each kind. */
const CELLS = 48
const HOUR = 3600e3
const LEAST = 0.002

const cell = (weekday: number, hour: number) => (weekday >= 6 ? 24 : 0) + (hour % 24)

/** Neighbouring hours speak for an hour: nobody comes at nine sharp. */
function smooth(of: (hour: number) => number, hour: number): number {
  return 0.5 * of(hour) + 0.25 * of((hour + 1) % 24) + 0.25 * of((hour + 23) % 24)
}

export default defineDetector({
  name: 'off-hours',
  title: 'Reads at hours at which this user does not work',
  technique: ['T1078', 'T1029'],
  severity: 'medium',
  runbook: [
    'Ask the user whether they worked at that hour, by another channel than the account itself',
    'Look for travel, a release or an incident; otherwise treat the credential as stolen',
  ],
  blindSpots: [
    'A user who works at all hours',
    'A time zone that is unknown and changes: a journey looks like a night',
    'Fewer reads than `minimum`',
  ],
  options: z.strictObject({
    ...commonOptions,
    minimum: field(
      z.number().int().min(1).default(4),
      'Minimum',
      'Fewer reads at odd hours do not alert.',
      10,
    ),
    half_life: field(
      duration().default(60 * 86400e3),
      'Half-life',
      'After this time an observation counts half.',
      '60d',
    ),
  }),
  scales: ['day'],
  share: 6,
  tail: { knee: 3, rate: 0.03, mean: 0.6 },
  baseline: z.object({
    /** `[cell, faded days with reads in it]`. */
    hours: z.array(z.tuple([z.number(), z.number()])),
    days: z.tuple([z.number(), z.number()]),
    first: z.number(),
    last: z.number(),
  }),
  empty: () => ({ hours: [], days: [0, 0] as [number, number], first: 0, last: 0 }),
  window: z.object({ hours: z.array(z.tuple([z.number(), z.number()])) }),
  open: () => ({ hours: [] }),
  width: CELLS + 2,
  vector(b) {
    const vector = new Float64Array(CELLS + 2)
    for (const [c, days] of b.hours) vector[c] = days
    vector[CELLS] = b.days[0]
    vector[CELLS + 1] = b.days[1]
    return vector
  },
  observe(w, facts, _options, day) {
    if (!facts.read) return false
    const hour = Math.floor((facts.at - day.from) / HOUR) % 24
    const known = w.hours.find(([h]) => h === hour)
    if (known) known[1]++
    else w.hours.push([hour, 1])
    return true
  },
  expect(b, view) {
    const { weekday } = view.span
    const kind = weekday >= 6 ? 1 : 0
    const [peers, all] = [view.peers(), view.everyone()]
    const own = new Float64Array(CELLS)
    for (const [c, days] of b.hours) own[c] = days
    // Whoever never worked on a weekend is known by the working days as well: an hour of night stays one.
    const days = b.days[kind] + 0.3 * b.days[1 - kind]!
    const other = (hour: number) => own[cell(weekday >= 6 ? 1 : 6, hour)]!
    return Array.from({ length: 24 }, (_, hour) => {
      const mine = smooth((h) => own[cell(weekday, h)]! + 0.3 * other(h), hour)
      const rate = (sums: typeof all, prior: number, weight: number) =>
        (smooth((h) => sums.at(cell(weekday, h)), hour) + weight * prior) / (sums.at(CELLS + kind) + weight)
      const prior = rate(peers, rate(all, 0.05, 10), 40)
      return Math.max(LEAST, (mine + 2 * prior) / (days + 2))
    })
  },
  judge(usual, w, view) {
    let most = 0
    let more = 0
    let odd = 0
    for (const [hour, reads] of w.hours) {
      const rarity = -Math.log(usual[hour]!)
      if (rarity > 2) odd += reads
      // One read is a glance, ten are work.
      const weight = rarity * Math.min(1, Math.log2(1 + reads) / 3)
      if (weight > most) [most, more] = [weight, more + most]
      else more += weight
    }
    const surprise = most + 0.25 * Math.max(0, more - 2) + 1.2 * Math.log(1 + odd / 4)
    return { surprise, quiet: odd < view.options.minimum }
  },
  explain(usual, w, b, { span }) {
    const odd = w.hours.filter(([hour]) => -Math.log(usual[hour]!) > 2).sort((x, y) => x[0] - y[0])
    const reads = odd.reduce((sum, [, n]) => sum + n, 0)
    const hours = odd.map(([hour]) => `${String(hour).padStart(2, '0')}:00`)
    const rarest = Math.min(...w.hours.map(([hour]) => usual[hour]!))
    const n = Math.round(b.days[0] + b.days[1])
    return {
      observed: reads,
      expected: 0,
      baseline: { from: b.first, to: b.last, n },
      summary: `${count(reads, 'read')} at ${hours.join(', ')} (${span.zone}) ${when(span)}; this user works then on ${number(rarest * 100)} % of such days (${count(n, 'day')} known)`,
      extra: { hours, benign: 'Travel, an incident, a deadline, a new shift' },
    }
  },
  mature: (b) => b.days[0] + b.days[1] >= 8,
  learn(b, w, _usual, { span, options }) {
    const keep = b.last ? fade(span.from - b.last, options.half_life) : 0
    const merged = new Map(b.hours.map(([c, days]) => [c, days * keep]))
    for (const [hour] of w.hours) {
      const c = cell(span.weekday, hour)
      merged.set(c, (merged.get(c) ?? 0) + 1)
    }
    b.hours = [...merged]
      .map(([c, days]): [number, number] => [c, short(days)])
      .filter(([, days]) => days > 0.03)
    const kind = span.weekday >= 6 ? 1 : 0
    b.days = [short(b.days[0] * keep + (kind ? 0 : 1)), short(b.days[1] * keep + kind)]
    if (!b.first) b.first = span.from
    b.last = Math.max(b.last, span.from)
  },
  examples: [
    {
      name: 'twenty reads at three in the morning, by somebody who works from nine to five',
      history: () => workdays(30, (day) => at(day, [9, 10, 13, 16])),
      given: () =>
        at(
          30,
          Array.from({ length: 20 }, () => 3),
        ),
      fires: true,
    },
    {
      name: 'an evening hour later than usual',
      history: () => workdays(30, (day) => at(day, [9, 10, 13, day % 5 ? 17 : 18])),
      given: () => at(30, [10, 17, 18, 18]),
      fires: false,
    },
    {
      name: 'a night shift',
      history: () => workdays(30, (day) => at(day, [1, 2, 3, 4])),
      given: () => at(30, [1, 2, 2, 3, 3, 3]),
      fires: false,
    },
  ],
})
