import type { Facts } from '../engine/facts.ts'
import { reads, sessions, workdays } from './examples.ts'
import { defineSequence } from './sequence.ts'

const OLD_DAYS = 90
const SOON_MS = 30_000
/** The haste (ln of how much sooner than SOON_MS) of who loses the line, about; and the most that one end says. */
const USUAL_HASTE = 1.2
const MOST = 4

const sinceSensitive = (facts: Facts) => facts.sinceSensitive ?? Number.POSITIVE_INFINITY
const broken = (facts: Facts) => facts.end === 'abort'

export default defineSequence({
  name: 'historical-then-abrupt',
  title: 'Pulls old traces, then breaks sessions off',
  technique: ['T1213', 'T1070'],
  severity: 'high',
  share: 1,
  runbook: [
    'Replay the last seconds of the sessions that were broken off',
    'See whether what stood on the screen was among the old traces',
  ],
  blindSpots: [
    'Orderly ends',
    'Ends at leisure; and they excuse as many hasty ones of that day, as a bad line would',
    'People whose work is old traces break off like others: only many count',
  ],
  signs: ['age', 'end'],
  first: (facts) => (facts.age !== undefined && facts.age > OLD_DAYS ? Math.max(1, facts.traces ?? 1) : 0),
  least: 5,
  second: (facts) => (broken(facts) && sinceSensitive(facts) < SOON_MS ? 1 : 0),
  heft: (facts) => Math.min(MOST, Math.log(SOON_MS / Math.max(1, sinceSensitive(facts))) / USUAL_HASTE),
  // A line that is bad today breaks other sessions off as well.
  excuse: (facts) => (broken(facts) && sinceSensitive(facts) >= SOON_MS ? 1 : 0),
  ...{ noun: 'session', after: 'broken off after old traces', factor: 1.5, minimum: 2, usual: 0.3 },
  tail: { knee: 4, rate: 0.0003, mean: 1 },
  examples: [
    {
      name: 'old traces on a day on which the line breaks off whatever is open',
      history: () => workdays(25, (day) => [...reads(day, 12, { age: 1 }), ...sessions(day, 3, {})]),
      given: () => [
        ...reads(25, 12, { age: 300 }),
        ...sessions(25, 2, { cut: 1, delay: 9000 }),
        ...sessions(25, 3, { cut: 1, delay: 50_000 }),
      ],
      fires: false,
    },
    {
      name: 'sixty traces of last year, then three sessions cut within a second',
      history: () => workdays(25, (day) => [...reads(day, 12, { age: 1 }), ...sessions(day, 3, {})]),
      given: () => [...reads(25, 60, { age: 300, each: 10 }), ...sessions(25, 12, { cut: 1, delay: 400 })],
      fires: true,
    },
    {
      name: 'old traces and orderly ends',
      history: () => workdays(25, (day) => [...reads(day, 12, { age: 1 }), ...sessions(day, 3, {})]),
      given: () => [...reads(25, 6, { age: 300 }), ...sessions(25, 3, {})],
      fires: false,
    },
  ],
})
