import { z } from 'zod'
import { field } from '../../core/field.ts'
import { duration, size } from '../../core/units.ts'
import { canaryConfig } from './canaries.ts'
import { changesConfig } from './changes.ts'
import { cel, name } from './text.ts'

/** What is allowed, asked, refused. */
export const policyConfig = z
  .strictObject({
    rules: field(
      z
        .array(
          z.strictObject({
            name,
            description: z.string().optional(),
            connections: field(z.array(name).optional(), 'Connections', 'Only on these; all by default.', [
              'mlflow',
            ]),
            when: field(
              cel,
              'When',
              'A CEL condition over request, response, user, window.',
              'request.action == "read" && response.traces > 1',
            ),
            effect: field(
              z.enum(['allow', 'approval', 'block']),
              'Effect',
              'The strictest effect of the rules that match wins.',
              'approval',
            ),
            reveal: field(
              z.array(name).default([]),
              'Reveal',
              'Masking fields shown in clear when this rule matches.',
              ['customer_id'],
            ),
            reviewers: field(z.array(name).default([]), 'Reviewers', 'Groups asked, for approvals.', [
              'trace-owners',
            ]),
            reason: field(
              z.string().optional(),
              'Reason',
              'Told to the person refused or asked to wait.',
              'Ask your team lead.',
            ),
          }),
        )
        .default([]),
      'Rules',
      'Added to the built-in ones, which `builtin` switches.',
    ),
    builtin: field(
      z
        .strictObject({
          approve_multiple: field(
            z.boolean().default(true),
            'Many traces',
            'More than one trace needs approval.',
            true,
          ),
          approve_high_risk: field(
            z.boolean().default(true),
            'High-risk fields',
            'Showing a high-risk field needs approval.',
            true,
          ),
          block_export: field(z.boolean().default(true), 'Exports', 'Export routes are refused.', true),
          block_admin: field(
            z.boolean().default(true),
            'Admin routes',
            'Admin routes of the backend are refused.',
            true,
          ),
          block_write: field(z.boolean().default(false), 'Writes', 'Write routes are refused.', false),
          block_hidden_predicates: field(
            z.boolean().default(true),
            'Hidden filters',
            'Filters and sorts on content or hidden fields are refused.',
            true,
          ),
        })
        .prefault({}),
      'Built-in rules',
      'Each a sentence of DESIGN.md; switching one off is recorded.',
    ),
    limits: field(
      z
        .strictObject({
          max_traces: field(
            z.number().int().positive().default(500),
            'One request',
            'More distinct traces than this in one response are refused even with approval.',
            500,
          ),
          window: field(
            duration().prefault('1h'),
            'Window',
            'Sliding, per person, over all connections.',
            '1h',
          ),
          window_approval: field(
            z.number().int().positive().default(60),
            'Window: approval',
            'More distinct traces than this in the window need approval.',
            60,
          ),
          window_block: field(
            z.number().int().positive().default(600),
            'Window: block',
            'More than this in the window are refused.',
            600,
          ),
          trace_records: field(
            z.number().int().positive().default(5000),
            'Records',
            'A trace counts once per this many records.',
            5000,
          ),
          trace_bytes: field(
            size().prefault('32MiB'),
            'Bytes',
            'A trace counts once per this many bytes.',
            '32MiB',
          ),
        })
        .prefault({}),
      'Limits',
      'Many small reads count as one large one.',
    ),
    admins: field(z.array(name).default(['admin']), 'Admin roles', 'Roles that may change policy.', [
      'admin',
    ]),
    canaries: field(z.array(canaryConfig).default([]), 'Canaries', 'Decoys whose reading alerts at once.'),
    changes: field(
      changesConfig,
      'Changes',
      'Whose hand may change this file; a change is judged by the policy it replaces.',
    ),
    auditors: field(
      z.array(name).default(['auditor', 'soc']),
      'Replay roles',
      'Roles that may open recordings and triage alerts.',
      ['soc'],
    ),
  })
  .prefault({})

export type PolicyConfig = z.infer<typeof policyConfig>
