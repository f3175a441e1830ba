import { z } from 'zod'
import { field } from '../../core/field.ts'
import { size } from '../../core/units.ts'
import { glob, name } from './text.ts'

const transform = z.enum(['redact', 'keep-last-4', 'hash', 'null'])

/** What is hidden. */
export const maskingConfig = z
  .strictObject({
    fields: field(
      z
        .array(
          z.strictObject({
            name: field(name, 'Name', 'What events list under fields.masked.', 'customer_id'),
            paths: field(
              z.array(glob).min(1),
              'Paths',
              'Globs: `*` one segment, `**` any number; case-insensitive.',
              ['**.customer_id'],
            ),
            transform: field(transform.default('redact'), 'Transform', 'How it is hidden.', 'hash'),
            hidden: field(
              z.boolean().default(true),
              'Hidden',
              '`false`: shown, but counted as sensitive when displayed.',
              false,
            ),
            high_risk: field(z.boolean().default(false), 'High-risk', 'Showing it needs approval.', true),
          }),
        )
        .default([]),
      'Fields',
      'Values hidden by where they stand.',
    ),
    content: field(
      z
        .strictObject({
          disable: field(
            z.array(z.string()).default([]),
            'Disable',
            'Built-in rules not wanted, by name (see docs/content-rules.md).',
            ['us-ssn'],
          ),
          transform: field(
            z.record(z.string(), transform).default({}),
            'Transforms',
            'Built-in rule → transform, instead of its own.',
            { email: 'hash' },
          ),
          custom: field(
            z
              .array(
                z.strictObject({
                  name,
                  keywords: field(
                    z.array(z.string().min(2)).default([]),
                    'Keywords',
                    'The pattern is tried only where one of these stands (case-insensitive).',
                    ['ACME-'],
                  ),
                  pattern: field(
                    z.string().min(1),
                    'Pattern',
                    'A JavaScript regular expression; refused if it can backtrack badly.',
                    'ACME-[0-9]{8}',
                  ),
                  transform: transform.default('redact'),
                  high_risk: z.boolean().default(false),
                }),
              )
              .default([]),
            'Custom rules',
            'Your own kinds of secret.',
          ),
        })
        .prefault({}),
      'Content rules',
      'Values hidden by what they look like, anywhere in any text.',
    ),
    max_string: field(size().prefault('8MiB'), 'Longest string', 'A longer one is withheld whole.', '8MiB'),
    structural: field(
      z.array(glob).default([]),
      'Structural',
      'Paths that are never content (beyond the profile’s own): may be filtered and sorted on.',
      ['metadata.model'],
    ),
  })
  .prefault({})

export type MaskingConfig = z.infer<typeof maskingConfig>
