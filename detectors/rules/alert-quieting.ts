import { triaged, workdays } from './examples.ts'
import { defineTally } from './tally.ts'

/** What makes detection quieter; a suppression or a reset reaches further than one closed alert. */
const REACH: Readonly<Record<string, number>> = {
  suppressed: 2,
  'risk reset': 2,
  'closed: false-positive': 1,
  'closed: benign': 1,
  'confirmed: suppressed': 2,
  'confirmed: closed: false-positive': 1,
  'confirmed: closed: benign': 1,
}
const reach = (change: string | undefined) =>
  change !== undefined && Object.hasOwn(REACH, change) ? REACH[change]! : 0

export default defineTally({
  name: 'alert-quieting',
  title: 'Suppresses alerts, or closes them as harmless, more than this analyst does',
  technique: ['T1562', 'T1562.006'],
  severity: 'medium',
  runbook: [
    'Read the reasons on the alerts and on the page of what is kept quiet',
    'Look whether they concern one user, one team or one detector',
    'Revoke what has no good reason, and have another analyst look at the alerts again',
  ],
  blindSpots: ['One suppression of the one alert that matters', 'An alert that is simply left open'],
  share: 0.25,
  concerns: ({ action, failed, change }) => action === 'alert-triage' && !failed && reach(change) > 0,
  weigh: ({ change }) => reach(change),
  noun: 'point',
  benign: 'A detector that was tuned badly, and whose alerts are cleared away together',
  minimum: 16,
  factor: 3,
  examples: [
    {
      name: 'a dozen suppressions in an afternoon, by somebody who closes two alerts a day',
      history: () => workdays(20, (day) => triaged(day, 2, 'closed: benign')),
      given: () => triaged(20, 14, 'suppressed'),
      fires: true,
    },
    {
      name: 'a busy analyst who acknowledges and investigates',
      history: () => workdays(20, (day) => triaged(day, 4, 'closed: benign')),
      given: () => [...triaged(20, 30, 'acknowledged'), ...triaged(20, 6, 'closed: benign')],
      fires: false,
    },
  ],
})
