import { reads, refused, requests, workdays } from './examples.ts'
import { defineSequence } from './sequence.ts'

export default defineSequence({
  name: 'refusal-then-salami',
  title: 'Is refused, then takes it in small reads',
  technique: ['T1030', 'T1213'],
  severity: 'high',
  share: 3,
  runbook: [
    'Compare what was refused with what the small reads released together',
    'Tell the reviewer who refused; lower the limit of the window for this user',
  ],
  blindSpots: ['Small reads more than a day after the refusal', 'Reads whose number of traces is not told'],
  signs: ['approval', 'refused', 'traces'],
  // By a reviewer, or by policy, where two are soon a mistake. What tried to get round masking is another matter.
  first: (facts) => {
    if (facts.refused) return facts.bypass.length ? 0 : 0.7
    return facts.action === 'approval-deny' || facts.action === 'approval-expire' ? 1 : 0
  },
  least: 2,
  second: (facts) =>
    facts.request && facts.traces !== undefined && facts.traces > 0 && facts.traces <= 3 ? 1 : 0,
  // Whoever errs often is refused often: honest days with both steps are less rare than of the other sequences.
  tail: { knee: 1.5, rate: 0.001, mean: 1.2 },
  ...{ noun: 'small read', after: 'after refusals', factor: 1.8, minimum: 15, usual: 10 },
  examples: [
    {
      name: 'three refusals, then ninety reads of one trace',
      history: () => workdays(25, (day) => reads(day, 36)),
      given: () => [...requests(25, 3, { refused: true }), ...reads(25, 250, { each: 1 })],
      fires: true,
    },
    {
      name: 'policy refuses three exports, then ninety reads of one trace',
      history: () => workdays(25, (day) => reads(day, 36)),
      given: () => [...refused(25, 3), ...reads(25, 250, { each: 1 })],
      fires: true,
    },
    {
      name: 'three refusals by policy, then the usual',
      history: () => workdays(25, (day) => reads(day, 36)),
      given: () => [...refused(25, 3), ...reads(25, 40)],
      fires: false,
    },
    {
      name: 'one refusal, then the usual',
      history: () => workdays(25, (day) => reads(day, 36)),
      given: () => [...requests(25, 1, { refused: true }), ...reads(25, 40)],
      fires: false,
    },
  ],
})
