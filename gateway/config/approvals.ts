import { z } from 'zod'
import { field } from '../../core/field.ts'
import { duration } from '../../core/units.ts'
import { name } from './text.ts'

/** Who is asked, and for how long it holds. */
export const approvalsConfig = z
  .strictObject({
    groups: field(
      z
        .array(
          z.strictObject({
            name,
            members: field(z.array(name).default([]), 'Members', 'User ids.', ['u00007']),
            roles: field(z.array(name).default([]), 'Roles', 'Everyone with one of these roles.', [
              'trace-owner',
            ]),
            channel: field(
              z.string().optional(),
              'Slack channel',
              'Where this group is asked.',
              '#trace-approvals',
            ),
            collections: field(
              z.array(z.string()).default([]),
              'Collections',
              'If given, asked only about these (`connection/collection`, `*` at the end).',
              ['mlflow/1'],
            ),
          }),
        )
        .default([]),
      'Reviewer groups',
      'Who is asked.',
    ),
    minimum: field(z.number().int().positive().default(1), 'Minimum approvals', 'Of different persons.', 1),
    default_groups: field(z.array(name).default([]), 'Default groups', 'Asked where a rule names none.', [
      'trace-owners',
    ]),
    expire: field(duration().prefault('30m'), 'Expiry', 'An undecided request expires after this.', '30m'),
    grant: field(
      duration().prefault('15m'),
      'Grant life',
      'How long an approval may be used, unless the reviewer says otherwise.',
      '15m',
    ),
    max_grant: field(duration().prefault('8h'), 'Longest grant', 'The most a reviewer may give.', '8h'),
    break_glass: field(
      z
        .strictObject({
          roles: field(
            z.array(name).default([]),
            'Roles',
            'Who may let their own request through in an emergency; nobody by default.',
            ['on-call'],
          ),
          max_traces: field(
            z.number().int().positive().default(20),
            'Traces',
            'The most it lets through.',
            20,
          ),
          every: field(duration().prefault('24h'), 'Every', 'Once a person in this time.', '24h'),
          grant: field(duration().prefault('15m'), 'Grant life', 'How long it may be used.', '15m'),
        })
        .prefault({}),
      'Break-glass',
      'What is shown stays masked, alerts at once, and is reviewed afterwards.',
    ),
    per_person: field(
      z.number().int().positive().default(20),
      'Pending',
      'Most undecided requests of one person.',
      20,
    ),
  })
  .prefault({})

export type ApprovalsConfig = z.infer<typeof approvalsConfig>
