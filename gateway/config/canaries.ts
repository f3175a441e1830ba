import { z } from 'zod'
import { field } from '../../core/field.ts'
import { glob, name } from './text.ts'

/** Decoys: traces that nobody has a reason to read. */
export const canaryConfig = z.strictObject({
  name: field(name, 'Name', 'How alerts call it; readers never see it.', 'payroll-decoy'),
  connections: field(z.array(name).optional(), 'Connections', 'Only on these; on all by default.', [
    'mlflow',
  ]),
  traces: field(z.array(z.string().min(1)).default([]), 'Traces', 'Ids of the decoys.', [
    'tr-0f2d63c17e4b4a9d8f5b2c7a1e9d4c33',
  ]),
  collections: field(
    z.array(glob).default([]),
    'Collections',
    'Globs of collections that hold nothing else: a project, a table, a bucket’s prefix.',
    ['board-minutes'],
  ),
})

export type CanaryConfig = z.infer<typeof canaryConfig>
