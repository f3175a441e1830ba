import { defineCertain } from './certain.ts'
import { act, reads, workdays } from './examples.ts'

export default defineCertain({
  name: 'canary',
  title: 'Reads a trace that nobody has a reason to read',
  technique: ['T1213'],
  severity: 'critical',
  runbook: [
    'Find out how the user came to the canary: a search, a listing, a guessed id',
    'Where its credential was used, find who read the decoy before: whoever it was passed it on',
    'Look at everything the user read in the hour before and after',
  ],
  blindSpots: [
    'Somebody who knows which traces are canaries',
    'A decoy credential used elsewhere than at a door: `tracewarden canaries` says what to watch for there',
  ],
  signs: ['deed'],
  matches: (facts) => facts.action === 'canary-read',
  noun: 'canary read',
  benign: 'A crawl or an export job that reads everything it may, announced beforehand',
  which: (facts) => facts.canary,
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
