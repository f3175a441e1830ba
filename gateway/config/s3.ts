import { z } from 'zod'
import { field } from '../../core/field.ts'
import { duration, size } from '../../core/units.ts'
import { anyConnection } from './any-connection.ts'
import { glob, name } from './text.ts'

const format = z.strictObject({
  keys: field(
    glob,
    'Keys',
    'Glob over `bucket/key`: `*` within a segment, `**` over any.',
    'traces/**/*.log',
  ),
  format: field(
    z.enum(['json', 'ndjson', 'csv', 'tsv', 'parquet', 'text', 'pass', 'refuse']).optional(),
    'Format',
    'What it is, instead of what its content looks like. `pass` shows it unmasked.',
    'ndjson',
  ),
  trace_id: field(z.array(glob).default([]), 'Trace ids', 'Where the ids of traces stand.', ['trace_id']),
  time: field(z.array(glob).default([]), 'Times', 'Where the creation times of traces stand.', [
    'start_time',
  ]),
  time_unit: field(
    z.enum(['s', 'ms', 'us', 'ns']).optional(),
    'Time unit',
    'Of times that are numbers.',
    'ns',
  ),
  record: field(z.array(glob).default([]), 'Records', 'What is one record; a row or line by default.', [
    'spans.*',
  ]),
  structural: field(z.array(glob).default([]), 'Structural', 'Paths that are never content.', ['model']),
})

/** An S3 door and the buckets behind it. */
export const s3Connection = z.strictObject({
  ...anyConnection,
  protocol: field(z.literal('s3'), 'Protocol', 'The door.', 's3'),
  backend: field(z.url(), 'Backend', 'Endpoint of the S3 service.', 'https://s3.eu-central-1.amazonaws.com'),
  region: field(
    z
      .string()
      .regex(/^[a-z0-9-]{1,40}$/, 'expected a region such as eu-central-1')
      .default('us-east-1'),
    'Region',
    'What clients sign for, and the backend’s own.',
    'eu-central-1',
  ),
  access_key_id: field(z.string().min(1), 'Access key', 'The gateway’s own.', '${env:S3_ACCESS_KEY_ID}'),
  secret_access_key: field(z.string().min(1), 'Secret key', 'To it.', '${env:S3_SECRET_ACCESS_KEY}'),
  virtual_hosts: field(
    z.array(z.string().regex(/^[a-z0-9.-]+$/, 'expected a host name in lower case')).default([]),
    'Virtual hosts',
    'Names of this door: a bucket may then stand before them, as in `traces.s3.example.com`.',
    ['s3.example.com'],
  ),
  buckets: field(
    z.array(glob).min(1),
    'Buckets',
    'Globs of the buckets behind this door; no other exists for its clients.',
    ['traces-*'],
  ),
  formats: field(z.array(format).default([]), 'Formats', 'The first whose keys match says how to read it.'),
  unknown_formats: field(
    z.enum(['refuse', 'pass']).default('refuse'),
    'Unknown formats',
    'What is neither JSON, NDJSON, CSV nor Parquet, plain or gzipped. `pass` shows it unmasked.',
    'refuse',
  ),
  writers: field(
    z.array(name).default([]),
    'Writers',
    'Roles that may upload; the other rules hold for them too.',
    ['trace-writer'],
  ),
  deleters: field(z.array(name).default([]), 'Deleters', 'Roles that may delete objects.', ['trace-owner']),
  versions: field(
    z.enum(['refuse', 'allow']).default('refuse'),
    'Versions',
    'Reading versions of an object that are not its latest.',
    'refuse',
  ),
  presigned: field(
    duration().optional(),
    'Presigned URLs',
    'The longest life of a presigned URL that is accepted; by default none is.',
    '15m',
  ),
  metadata: field(
    z.array(z.string().regex(/^[a-z0-9-]{1,64}$/, 'expected a name in lower case')).default(['mtime']),
    'Metadata',
    'Names of user metadata (`x-amz-meta-…`) that are shown.',
    ['mtime'],
  ),
  copies: field(
    size().prefault('10GiB'),
    'Copies',
    'Masked copies kept on disk, encrypted, so that lengths and checksums are theirs.',
    '10GiB',
  ),
  max_object: field(size().prefault('5GiB'), 'Largest object', 'Larger ones, unpacked, are refused.', '5GiB'),
  max_parquet: field(
    size().prefault('128MiB'),
    'Largest Parquet file',
    'It is held in memory; four times this when unpacked.',
    '128MiB',
  ),
  max_upload: field(size().prefault('5GiB'), 'Largest upload', 'Of one object or part.', '5GiB'),
  list_exact: field(
    size().prefault('1MiB'),
    'Exact listings',
    'Objects up to this size are masked when they are listed, so that size and ETag are those of what is sent.',
    '1MiB',
  ),
  list_budget: field(
    size().prefault('32MiB'),
    'Listing budget',
    'How much one listing may mask for that; the rest is shown rounded up to the next MiB.',
    '32MiB',
  ),
})

export type S3ConnectionConfig = z.infer<typeof s3Connection>
