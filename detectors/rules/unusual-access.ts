import { z } from 'zod'
import { field } from '../../core/field.ts'
import { commonOptions } from '../config.ts'
import type { Detector, Metadata } from '../engine/detector.ts'
import { HabitTracker } from '../habits/tracker.ts'
import { tune } from '../tuning/tuned.ts'
import { habit, workdays } from './examples.ts'

const options = z.strictObject({
  ...commonOptions,
  sessions: field(
    z.number().int().min(3).default(8),
    'Sessions',
    'So many of the user’s sessions must be known before one can be unusual.',
    20,
  ),
  events: field(z.number().int().min(1).default(4), 'Events', 'A session of fewer events does not alert.', 8),
  memory: field(
    z.number().min(5).default(120),
    'Memory',
    'After so many sessions a habit that was given up counts half.',
    60,
  ),
})

const metadata: Metadata & { share: number } = {
  name: 'unusual-access',
  title: 'A session that looks like somebody else’s',
  technique: ['T1078', 'T1213', 'T1550'],
  severity: 'medium',
  share: 6,
  runbook: [
    'Read the contributors: collections, statements, fields, clients and hours this user does not show',
    'Ask the user whether the session was theirs; if not, revoke the credential at once',
    'Look whose habits it shows: a shared or stolen credential, or a new task',
  ],
  blindSpots: [
    'Somebody who does the same work in the same way',
    'A user with fewer sessions than `sessions`',
    'Sources that say neither collection nor statement nor fields',
  ],
  examples: [
    {
      name: 'another’s habits under the right name',
      history: () => workdays(60, (day) => [...habit(day, 'ann'), ...habit(day, 'bob')]),
      given: () => habit(60, 'ann', 'bob'),
      fires: true,
    },
    {
      name: 'the usual work',
      history: () => workdays(60, (day) => [...habit(day, 'ann'), ...habit(day, 'bob')]),
      given: () => habit(60, 'ann'),
      fires: false,
    },
  ],
}

const detector: Detector = {
  ...metadata,
  scales: ['session'],
  options,
  track: (raw, host) =>
    new HabitTracker(
      metadata,
      tune((merged) => options.parse(merged), raw),
      host,
    ),
}
export default detector
