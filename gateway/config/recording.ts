import { z } from 'zod'
import { field } from '../../core/field.ts'
import { size } from '../../core/units.ts'

/** What clients saw. */
export const recordingConfig = z
  .strictObject({
    enabled: field(z.boolean().default(true), 'Recording', 'Keep what clients saw, encrypted.', true),
    max_session: field(
      size().prefault('256MiB'),
      'Largest session',
      'Beyond it the session is ended, and the next one begins a new recording.',
      '256MiB',
    ),
  })
  .prefault({})

export type RecordingConfig = z.infer<typeof recordingConfig>
