import { defineCertain } from './certain.ts'
import { act, reads, workdays } from './examples.ts'

export default defineCertain({
  name: 'policy-tamper',
  title: 'Tries to change or disable policy',
  technique: ['T1562'],
  severity: 'critical',
  runbook: [
    'See what was sent and by which credential; the attempt was blocked',
    'Suspend the user unless an administrator explains it at once',
  ],
  blindSpots: ['A change made with the administrator’s own role is a policy-change, reviewed elsewhere'],
  signs: ['deed'],
  matches: (facts) => facts.action === 'policy-tamper',
  noun: 'attempt to change policy',
  benign: 'An administrator who took the wrong door, and says so',
  grave: 1,
  examples: [
    {
      name: 'one attempt',
      history: () => workdays(3, (day) => reads(day, 5)),
      given: () => act(3, 'policy-tamper', 1),
      fires: true,
    },
    { name: 'a read', history: () => [], given: () => reads(1, 1), fires: false },
  ],
})
