import { attempts, reads, workdays } from './examples.ts'
import { defineSequence } from './sequence.ts'

export default defineSequence({
  name: 'bypass-then-volume',
  title: 'Tries to get round masking, then reads much',
  technique: ['T1622', 'T1213', 'T1119'],
  severity: 'high',
  share: 3,
  runbook: [
    'Compare what the attempts asked for with what was read after them',
    'See whether the later reads displayed what the attempts could not',
  ],
  blindSpots: ['Attempts on one day and reads more than a day later', 'Attempts that no door recognises'],
  signs: ['bypass', 'traces'],
  first: (facts) => (facts.bypass.length ? 1 : 0),
  least: 3,
  second: (facts) => facts.traces ?? 0,
  ...{ noun: 'trace', after: 'after attempts at masking', factor: 1.5, minimum: 25, usual: 20 },
  examples: [
    {
      name: 'four attempts in the morning, a hundred and fifty traces in the evening',
      history: () => workdays(25, (day) => reads(day, 12)),
      given: () => [
        ...attempts(25, 4, { technique: 'filter-oracle', varied: true }),
        ...reads(25, 400, { each: 8 }),
      ],
      fires: true,
    },
    {
      name: 'one mistake, then the usual',
      history: () => workdays(25, (day) => reads(day, 12)),
      given: () => [...attempts(25, 1, { technique: 'filter-oracle' }), ...reads(25, 18)],
      fires: false,
    },
  ],
})
