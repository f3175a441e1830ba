import { act, workdays } from './examples.ts'
import { defineTally } from './tally.ts'

export default defineTally({
  name: 'recording-browsing',
  title: 'Opens many more recordings than this analyst does',
  technique: ['T1213', 'T1530'],
  severity: 'high',
  runbook: [
    'Read the reasons given for each recording: do they name a case?',
    'Look whose recordings they were, and what those showed',
    'If nobody asked for it: suspend, and treat what was shown as read',
  ],
  blindSpots: [
    'A few recordings a week, for a long time',
    'A case that needs many recordings looks the same',
  ],
  share: 0.25,
  concerns: ({ action, failed }) => action === 'review-replay' && !failed,
  weigh: () => 1,
  noun: 'recording',
  benign: 'A case with many sessions, or an audit of a whole team',
  minimum: 10,
  factor: 3,
  examples: [
    {
      name: 'forty recordings in an hour, by an analyst who opens two a day',
      history: () => workdays(20, (day) => act(day, 'review-replay', 2)),
      given: () => act(20, 'review-replay', 40),
      fires: true,
    },
    {
      name: 'a case of eight',
      history: () => workdays(20, (day) => act(day, 'review-replay', 2)),
      given: () => act(20, 'review-replay', 8),
      fires: false,
    },
  ],
})
