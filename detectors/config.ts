import { z } from 'zod'
import { field } from '../core/field.ts'
import { duration } from '../core/units.ts'

/** Common to every detector; each adds its own options in its own file. */
export const detectorOptions = z.looseObject({
  enabled: z.boolean().default(true),
  severity: z.enum(['low', 'medium', 'high', 'critical']).optional(),
  shadow: z.boolean().default(false),
})

export const detectorsConfig = z
  .strictObject({
    lateness: field(
      duration().prefault('10m'),
      'Lateness',
      'How long a window waits for late events before it is learned.',
      '10m',
    ),
    budget: field(
      z.number().positive().default(2),
      'False alerts a week',
      'What the admins accept; thresholds follow.',
      2,
    ),
    rules: field(
      z.record(z.string(), detectorOptions).default({}),
      'Detectors',
      'Options by detector name; unknown names and options are refused.',
      { 'volume-spike': { severity: 'high' } },
    ),
  })
  .prefault({})
export type DetectorsConfig = z.infer<typeof detectorsConfig>
