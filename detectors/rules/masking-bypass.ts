import { createHash } from 'node:crypto'
import { z } from 'zod'
import { field } from '../../core/field.ts'
import { duration } from '../../core/units.ts'
import { fade, short } from '../baseline/round.ts'
import { commonOptions } from '../config.ts'
import { defineDetector } from '../engine/detector.ts'
import { attempts, reads, workdays } from './examples.ts'
import { intent } from './techniques.ts'
import { count, number, when } from './words.ts'

/** Distinct questions remembered in a window, and in a baseline. */
const QUESTIONS = 24
const HABITS = 8

/** Days on which the technique was met at all, whatever was asked. */
const ANY = ''

/** What was asked, without what it was asked about: the keyed hash tells two oracle questions of one shape apart. */
const digest = (text: string) => createHash('sha256').update(text).digest('base64url').slice(0, 6)

export default defineDetector({
  name: 'masking-bypass',
  title: 'Tries to get round masking',
  technique: ['T1622', 'T1027', 'T1213'],
  severity: 'high',
  runbook: [
    'Look at the statement shapes of the events listed: do they narrow a hidden value down step by step?',
    'Ask the user what they were looking for, and whether a grant would have served',
    'A dashboard that repeats one shape: correct it, or suppress that shape with an expiry',
  ],
  blindSpots: [
    'What no door recognises as an attempt leaves no technique in the event',
    'One attempt a week of a different kind each time',
    'Who errs on three days is given one attempt of that technique a day, whatever it asks',
  ],
  options: z.strictObject({
    ...commonOptions,
    points: field(
      z.number().min(1).default(10),
      'Points',
      'From this many points a day an alert needs no statistics: an attempt gives 1 (probing) to 2 (deliberate), each doubling as much again, and each further question 0.8.',
      12,
    ),
    least: field(z.number().min(1).default(4.1), 'Least', 'Fewer points than this never alert.', 4),
    weights: field(
      z.record(z.string(), z.number().min(0).max(10)).default({}),
      'Weights',
      'Points of a technique, instead of its own.',
      { 'sort-oracle': 0.2 },
    ),
    half_life: field(
      duration().default(60 * 86400e3),
      'Half-life',
      'How long a habit (a dashboard that asks the same each day) is remembered.',
      '60d',
    ),
  }),
  signs: ['bypass'],
  scales: ['day'],
  share: 1,
  tail: { knee: 1, rate: 0.001, mean: 0.7 },
  baseline: z.object({
    /** `[technique and question, faded number of days]`; ANY question: the technique. */
    habits: z.array(z.tuple([z.string(), z.number()])),
    last: z.number(),
  }),
  empty: () => ({ habits: [], last: 0 }),
  window: z.object({
    tries: z.number(),
    weight: z.number(),
    asked: z.array(z.tuple([z.string(), z.number()])),
  }),
  open: () => ({ tries: 0, weight: 0, asked: [] }),
  width: 0,
  vector: () => [],
  facets: (facts) => facts.bypass,
  observe(w, facts, options) {
    if (!facts.bypass.length) return false
    w.tries++
    // Facets are techniques, but a request that combines several is as deliberate as the worst of them.
    w.weight = Math.max(w.weight, ...facts.bypass.map((name) => options.weights[name] ?? intent(name)))
    const question = digest(`${facts.shape ?? ''}\n${facts.hash ?? facts.shape ?? ''}`)
    const known = w.asked.find(([asked]) => asked === question)
    if (known) known[1]++
    else if (w.asked.length < QUESTIONS) w.asked.push([question, 1])
    return true
  },
  expect: (b, view) => {
    const facet = digest(view.facet)
    return new Set(
      b.habits
        .filter(([habit, days]) => days >= 3 && habit.startsWith(facet))
        .map(([habit]) => habit.slice(6)),
    )
  },
  judge(habits, w, view) {
    const unusual = w.asked.filter(([question]) => !habits.has(question))
    const habitual = w.asked.reduce((sum, [question, n]) => sum + (habits.has(question) ? n : 0), 0)
    // Who errs now and then, each time over something else, has one error a day for nothing.
    const free = habits.has(ANY) ? 1 : 0
    const tries = w.tries - habitual - free
    if (tries <= 0) return view.final ? { surprise: 0 } : undefined
    // Repeating is impatience; asking differently each time is a search for the hidden value.
    const points = w.weight * (1 + Math.log2(tries)) + 0.8 * Math.max(0, unusual.length - 1 - free)
    const quiet = points < view.options.least
    if (quiet && !view.final) return undefined
    return { surprise: points, quiet, certain: points >= view.options.points }
  },
  explain(_habits, w, _b, { span, facet }) {
    const different =
      w.asked.length > 1
        ? `, ${w.asked.length}${w.asked.length === QUESTIONS ? ' or more' : ''} different questions`
        : ''
    return {
      observed: w.tries,
      expected: 0,
      summary: `${count(w.tries, 'attempt')} at ${facet} ${when(span)}${different}`,
      weight: (w.weight >= 2 ? 1 : 0) + (w.asked.length >= 8 ? 1 : 0) - (w.tries <= 2 ? 1 : 0),
      extra: {
        bypass: facet,
        grade: number(w.weight),
        benign:
          'A dashboard or a client that always filters so, a search by somebody who does not know what is hidden',
      },
    }
  },
  mature: () => true,
  learn(b, w, _habits, { span, facet, options }) {
    const keep = b.last ? fade(span.from - b.last, options.half_life) : 0
    const names = new Set(
      [ANY, ...w.asked.map(([question]) => question)].map((asked) => digest(facet) + asked),
    )
    b.habits = [
      ...b.habits.map(([habit, days]): [string, number] => [
        habit,
        short(days * keep + (names.delete(habit) ? 1 : 0)),
      ]),
      ...[...names].map((name): [string, number] => [name, 1]),
    ]
      .sort((x, y) => y[1] - x[1])
      .slice(0, HABITS)
    b.last = Math.max(b.last, span.from)
  },
  examples: [
    {
      name: 'an oracle that narrows a hidden value down',
      history: () => workdays(20, (day) => reads(day, 12)),
      given: () => attempts(20, 12, { technique: 'filter-oracle', varied: true }),
      fires: true,
    },
    {
      name: 'a single filter on a hidden field, by mistake',
      history: () => workdays(20, (day) => reads(day, 12)),
      given: () => attempts(20, 1, { technique: 'filter-oracle' }),
      fires: false,
    },
    {
      name: 'two errors on a day, of a job that errs now and then',
      history: () =>
        workdays(20, (day) => attempts(day, day % 3 ? 0 : 1, { technique: 'sql-substring', varied: true })),
      given: () => attempts(20, 2, { technique: 'sql-substring', varied: true }),
      fires: false,
    },
    {
      name: 'twelve questions of the same job',
      history: () =>
        workdays(20, (day) => attempts(day, day % 3 ? 0 : 1, { technique: 'sql-substring', varied: true })),
      given: () => attempts(20, 12, { technique: 'sql-substring', varied: true }),
      fires: true,
    },
    {
      name: 'a dashboard that asks the same every quarter hour, every day',
      history: () =>
        workdays(20, (day) => attempts(day, 1 + Math.min(day, 30), { technique: 'sort-oracle' })),
      given: () => attempts(20, 32, { technique: 'sort-oracle' }),
      fires: false,
    },
  ],
})
