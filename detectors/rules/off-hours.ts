import { z } from 'zod'
import { field } from '../../core/field.ts'
import { duration } from '../../core/units.ts'
import { oddHours, oddOf, rarities, readAt, smooth, type Worked, workedHours } from '../baseline/hours.ts'
import { phaseOf, turned, turnedBack } from '../baseline/phase.ts'
import { fade, short } from '../baseline/round.ts'
import { lnNormalTail } from '../baseline/tails.ts'
import { commonOptions } from '../config.ts'
import { defineDetector } from '../engine/detector.ts'
import type { Sums } from '../engine/population.ts'
import { at, workdays } from './examples.ts'
import { count, number, when } from './words.ts'

/** Hours of a working day, then of a weekend day; and how many days of each kind. */
const CELLS = 48
const DAY = 86400e3
const LEAST = 0.00003
/** Days that the peers' hours are worth where many of theirs are known: an hour never worked is as odd as it is for colleagues, and 3 is odder than 23. */
const PEERS = 60
/** Days that an even spread is worth to who works around the clock. */
const AROUND = 3
const EVEN: readonly number[] = new Array(24).fill(0.2)
/** Chance of work in each hour, before anybody was seen. */
const GUESS = Array.from({ length: 24 }, (_, h) => (h < 6 ? 0.005 : h < 8 || h > 19 ? 0.03 : 0.25))
/** A working day says something of the weekend, and the other way round. */
const OTHER = 0.3
/** Nights add up: a second one within the week says more than the first. What a night said counts less each day. */
const WEEK = 7
const FADING = 0.85
/** Days after which somebody's hours are known well enough to say what an odd day is. */
const KNOWN = 8
/** A day that says less than this is nobody's night. */
const NIGHT = 3
const DEPTH = 3.7
/** No night is rarer for its depth than this (nats), and what it lends to others is no more than that. */
const DEEPEST = 20
const LENT = 9

const cell = (weekday: number, hour: number) => (weekday >= 6 ? 24 : 0) + (hour % 24)

/** Sums as `CELLS` has them, and how many days of each kind after them. */
type Cells = Pick<Sums, 'at'>

/** Days of this kind, with what those of the other say of it. */
const daysOf = (cells: Cells, kind: number): number =>
  cells.at(CELLS + kind) + OTHER * cells.at(CELLS + 1 - kind)

/** Chance of work in each hour of such a day, shrunk to a prior that is worth so many days. */
function chances(cells: Cells, kind: number, prior: readonly number[], weight: number): number[] {
  const mixed: number[] = []
  for (let h = 0; h < 24; h++) mixed.push(cells.at(kind * 24 + h) + OTHER * cells.at(24 - kind * 24 + h))
  const days = daysOf(cells, kind)
  return mixed.map((_, hour) => (smooth(mixed, hour) + weight * prior[hour]!) / (days + weight))
}

/** What the nights before lend to today. */
const lent = (nights: readonly (readonly [number, number])[], from: number): number =>
  nights.reduce((sum, [at, surprise]) => {
    const days = Math.round((from - at) / DAY)
    return days > 0 && days <= WEEK ? sum + surprise * FADING ** days : sum
  }, 0)

interface Expected {
  /** Chance of work in each hour of such a day. */
  usual: readonly number[]
  /** −ln of the chance of an hour at least as odd. */
  rarity: readonly number[]
  /** Share of days that are odd, and how odd those are. */
  often: number
  depth: number
  spread: number
  lent: number
  /** Days of this user. */
  days: number
}

/** −ln of how often such a day comes: an odd one at all, and one so odd. */
const nightOf = (oddness: number, { often, depth, spread }: Expected): number =>
  -Math.log(often) + Math.min(DEEPEST, -lnNormalTail((oddness - depth) / spread))

interface Memory {
  nights: [number, number][]
  odd: [number, number, number]
}

/** Keeps the odd days of the last week. */
function remember(b: Memory, hours: readonly Worked[], expected: Expected, from: number): number {
  const { oddness } = oddOf(expected.rarity, hours)
  const recent = b.nights.filter(([at]) => at !== from && from - at < WEEK * DAY)
  const night = oddness > NIGHT && expected.days >= KNOWN
  b.nights = night ? [...recent, [from, short(Math.min(LENT, nightOf(oddness, expected)))]] : recent
  return oddness
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
    'A second shift from the first day on: it is taken for the working day',
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
  signs: ['read'],
  scales: ['day'],
  share: 18,
  lasting: true,
  tail: { knee: 7, rate: 0.0035, mean: 1.9 },
  baseline: z.object({
    /** `[cell, faded days with reads in it]`. */
    hours: z.array(z.tuple([z.number(), z.number()])),
    days: z.tuple([z.number(), z.number()]),
    /** `[ms of the day, its surprise]` of the odd days of the last week. */
    nights: z.array(z.tuple([z.number(), z.number()])),
    /** Faded number of odd days, the sum of their oddness and of its squares. */
    odd: z.tuple([z.number(), z.number(), z.number()]),
    first: z.number(),
    last: z.number(),
  }),
  empty: () => ({
    hours: [],
    days: [0, 0] as [number, number],
    nights: [],
    odd: [0, 0, 0] as [number, number, number],
    first: 0,
    last: 0,
  }),
  window: z.object({ hours: workedHours }),
  open: () => ({ hours: [] }),
  width: CELLS + 5,
  vector(b) {
    const vector = new Float64Array(CELLS + 5)
    const { shift, steady } = phaseOf(b.hours)
    if (!steady) return vector
    for (const [c, days] of b.hours) vector[c - (c % 24) + turned(c % 24, shift)] = days
    vector[CELLS] = b.days[0]
    vector[CELLS + 1] = b.days[1]
    vector[CELLS + 2] = b.odd[0]
    vector[CELLS + 3] = b.odd[1]
    vector[CELLS + 4] = b.odd[2]
    return vector
  },
  observe(w, facts, _options, day) {
    if (!facts.read) return false
    readAt(w.hours, facts.at - day.from)
    return true
  },
  expect(b, view): Expected {
    const { weekday, from } = view.span
    const kind = weekday >= 6 ? 1 : 0
    const [peers, all] = [view.peers(), view.everyone()]
    const { shift, steady } = phaseOf(b.hours)
    const own: number[] = new Array(CELLS).fill(0)
    for (const [c, days] of b.hours) own[c] = days
    own.push(...b.days)
    const mine = (prior: readonly number[], weight: number) =>
      chances({ at: (i) => own[i]! }, kind, prior, weight)
    const known = daysOf(peers, kind)
    const even = () => mine(EVEN, 1).reduce((sum, chance) => sum + chance, 0) / 24
    const hours = steady
      ? mine(
          turnedBack(chances(peers, kind, chances(all, kind, GUESS, 20), 40), shift),
          0.5 + (PEERS * known) / (known + 300),
        )
      : mine(new Array<number>(24).fill(even()), AROUND)
    const usual = hours.map((chance) => Math.max(LEAST, chance))
    // Some have odd days now and then: it is their number and their depth that count, not which hour it was this time.
    const share = (sums: typeof all, prior: number, weight: number) =>
      (sums.at(CELLS + 2) + weight * prior) / (sums.at(CELLS) + sums.at(CELLS + 1) + weight)
    const often = share(peers, share(all, 0.02, 50), 50)
    // As deep as odd days of everybody are: some 3.7, give or take 1.2, before any was seen.
    const [n, sum, squares] = [0, 1, 2].map((i) => all.at(CELLS + 2 + i) + b.odd[i]!)
    const depth = (sum! + 30 * DEPTH) / (n! + 30)
    const variance = (squares! + 30 * (DEPTH ** 2 + 1.5)) / (n! + 30) - depth ** 2
    return {
      usual,
      rarity: rarities(usual),
      often: Math.min(0.8, (b.odd[0] + 8 * often) / (b.days[0] + b.days[1] + 8)),
      depth,
      spread: Math.sqrt(Math.max(0.5, variance)),
      lent: lent(b.nights, from),
      days: b.days[0] + b.days[1],
    }
  },
  judge(expected, w, view) {
    const { oddness, reads } = oddOf(expected.rarity, w.hours)
    if (oddness <= NIGHT) return { surprise: 0, quiet: true }
    return {
      surprise: nightOf(oddness, expected) + expected.lent,
      // Before somebody is known, every hour may be odd.
      quiet: expected.days < KNOWN || (reads < view.options.minimum && expected.lent === 0),
    }
  },
  explain({ usual, rarity, lent: before }, w, b, { span }) {
    const nights = before > 0 ? b.nights.filter(([at]) => span.from - at <= WEEK * DAY).length : 0
    const { reads, pieces } = oddOf(rarity, w.hours)
    const hours = oddHours(rarity, w.hours).map((hour) => `${String(hour).padStart(2, '0')}:00`)
    const rarest = Math.min(...w.hours.map(([hour]) => usual[hour]!))
    const n = Math.round(b.days[0] + b.days[1])
    return {
      observed: reads,
      expected: 0,
      baseline: { from: b.first, to: b.last, n },
      summary: `${count(reads, 'read')} at ${hours.join(', ')} (${span.zone}) ${when(span)}, in ${count(pieces, 'span')} of ten minutes; this user works then on ${number(rarest * 100)} % of such days (${count(n, 'day')} known)${nights ? `; ${count(nights, 'odd day')} in the week before` : ''}`,
      extra: { hours, spans: pieces, benign: 'Travel, an incident, a deadline, a new shift' },
    }
  },
  mature: (b) => b.days[0] + b.days[1] >= KNOWN,
  told(b, w, expected, { span }) {
    remember(b, w.hours, expected, span.from)
  },
  learn(b, w, expected, { span, options }) {
    const oddness = remember(b, w.hours, expected, span.from)
    const keep = b.last ? fade(span.from - b.last, options.half_life) : 0
    const odd = oddness > NIGHT && expected.days >= KNOWN ? [1, oddness, oddness ** 2] : [0, 0, 0]
    const [n, sum, squares] = b.odd.map((value, i) => short(value * keep + odd[i]!))
    b.odd = [n!, sum!, squares!]
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
      name: 'one night of reads every five minutes from two to three',
      history: () => workdays(30, (day) => at(day, [9, 10, 13, day % 15 === 7 ? 22 : 16])),
      given: () =>
        at(
          30,
          Array.from({ length: 12 }, (_, i) => 2 + i / 15),
        ),
      fires: true,
    },
    {
      name: 'four reads within four minutes late at night, by somebody who now and then does so',
      history: () => workdays(30, (day) => at(day, [9, 10, 13, day % 15 === 7 ? 22 : 16])),
      given: () => at(30, [10, 23, 23, 23, 23]),
      fires: false,
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
