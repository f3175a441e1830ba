import { defineCertain } from './certain.ts'
import { act, reads, workdays } from './examples.ts'

export default defineCertain({
  name: 'canary',
  title: 'Reads a trace that nobody has a reason to read',
  technique: ['T1213'],
  severity: 'critical',
  runbook: [
    'Find out how the user came to the canary: a search, a listing, a guessed id',
    'Look at everything the user read in the hour before and after',
  ],
  blindSpots: ['Somebody who knows which traces are canaries'],
  matches: (facts) => facts.action === 'canary-read',
  noun: 'canary read',
  grave: 1,
  examples: [
    {
      name: 'one canary',
      history: () => workdays(3, (day) => reads(day, 5)),
      given: () => act(3, 'canary-read', 1),
      fires: true,
    },
    { name: 'a read', history: () => [], given: () => reads(1, 1), fires: false },
  ],
})
