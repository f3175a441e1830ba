import { defineCertain } from './certain.ts'
import { act, reads, workdays } from './examples.ts'

export default defineCertain({
  name: 'break-glass',
  title: 'Lets a request through without a reviewer',
  technique: ['T1078', 'T1213'],
  severity: 'high',
  runbook: [
    'Ask the user which emergency it is, and whether somebody can confirm it',
    'See that a reviewer says on the console whether it was justified',
  ],
  blindSpots: ['An emergency that is only claimed looks like one that is real'],
  signs: ['deed'],
  matches: (facts) => facts.action === 'break-glass',
  noun: 'broken glass',
  benign: 'An emergency that somebody else confirms',
  grave: 2,
  examples: [
    {
      name: 'one emergency',
      history: () => workdays(3, (day) => reads(day, 5)),
      given: () => act(3, 'break-glass', 1),
      fires: true,
    },
    { name: 'a read', history: () => [], given: () => reads(1, 1), fires: false },
  ],
})
