import { z } from 'zod'
import { field } from '../../core/field.ts'
import { glob, name } from './text.ts'

const BAITS = ['database-url', 'aws-key', 'github-token', 'tracewarden-token', 'none'] as const

/** What the gateway itself puts into listings. */
export const plantConfig = z.strictObject({
  in: field(
    z.array(z.string().min(1).max(900)).min(1),
    'Where',
    'Collections in whose lists the decoy stands, as clients call them: an MLflow experiment id; a Phoenix project by name and by id. For S3 one object, `bucket/key`, where `{id}` becomes the decoy’s id. For PostgreSQL and other stores the table or collection: the row is planted by hand.',
    ['7'],
  ),
  bait: field(
    z.enum(BAITS).default('database-url'),
    'Bait',
    'Form of the decoy credential in it: it opens nothing, and its use at any door is a canary read.',
    'aws-key',
  ),
  about: field(
    z
      .string()
      .regex(/^[\p{L}\p{N} ,.’-]{3,80}$/u, 'expected a few plain words')
      .default('the quarterly salary review'),
    'About',
    'What its conversation is about.',
    'the acquisition of a competitor',
  ),
  time: field(
    z.iso.datetime().optional(),
    'Time',
    'When it says it was made: older than the store’s own traces, since it ends the list. By default an hour of early 2025.',
    '2025-02-11T09:12:00Z',
  ),
})

export type PlantConfig = z.infer<typeof plantConfig>

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
  plant: field(
    plantConfig.optional(),
    'Plant',
    'A decoy that no store has: the gateway lists it and answers who reads it. `tracewarden canaries` says its id.',
    { in: ['7'], bait: 'aws-key' },
  ),
})

export type CanaryConfig = z.infer<typeof canaryConfig>
