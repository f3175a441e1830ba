import { z } from 'zod'
import { field } from '../core/field.ts'
import { duration, size } from '../core/units.ts'

export const storeConfig = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('embedded'),
      file: field(
        z.string().optional(),
        'File',
        'SQLite file; by default `store.db` in the data directory.',
        './data/store.db',
      ),
    }),
    z.strictObject({
      kind: z.literal('elasticsearch'),
      url: field(
        z.union([z.url(), z.array(z.url()).min(1)]),
        'URL',
        'One or more nodes.',
        'https://es.example:9200',
      ),
      username: field(
        z.string().optional(),
        'User',
        'Basic authentication: one store user for each role.',
        'tracewarden-gateway',
      ),
      password: field(
        z.string().optional(),
        'Password',
        'Best given as ${env:NAME}.',
        '${env:ELASTICSEARCH_PASSWORD}',
      ),
      ca: field(
        z.string().optional(),
        'CA file',
        'PEM of the authority that signed the nodes’ certificates.',
        './es-ca.pem',
      ),
      prefix: field(
        z
          .string()
          .regex(/^[a-z][a-z0-9-]*$/)
          .default('tracewarden'),
        'Index prefix',
        'Names of indices begin with it.',
        'tracewarden',
      ),
      replicas: field(
        z.number().int().min(0).max(5).default(0),
        'Replicas',
        'Replica shards of each index.',
        1,
      ),
    }),
  ])
  .default({ kind: 'embedded' })

export const spoolConfig = z
  .strictObject({
    sync: field(
      z.enum(['group', 'always']).default('group'),
      'Sync',
      '`group`: written before release, synced every interval; `always`: synced before release.',
      'always',
    ),
    interval: field(duration().prefault('30ms'), 'Interval', 'Between group syncs.', '30ms'),
    max: field(
      size().prefault('1GiB'),
      'Bound',
      'Most bytes that wait for the store; beyond it reads are refused.',
      '4GiB',
    ),
    segment: field(size().prefault('16MiB'), 'Segment', 'Size at which a new spool file begins.', '16MiB'),
  })
  .prefault({})

export const retentionConfig = z
  .strictObject({
    events: field(
      duration().prefault('400d'),
      'Events',
      'Whole indices (or months) older than this are dropped.',
      '400d',
    ),
    recordings: field(
      duration().prefault('90d'),
      'Recordings',
      'Recordings older than this are removed.',
      '90d',
    ),
  })
  .prefault({})

export type StoreConfig = z.infer<typeof storeConfig>
export type SpoolConfig = z.infer<typeof spoolConfig>
export type RetentionConfig = z.infer<typeof retentionConfig>
