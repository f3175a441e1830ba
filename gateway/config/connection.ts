import { z } from 'zod'
import { field } from '../../core/field.ts'
import { duration, size } from '../../core/units.ts'
import { glob, listen, name } from './text.ts'

const routeShape = z.strictObject({
  trace_id: z.array(glob).default([]),
  time: z.array(glob).default([]),
  time_unit: z.enum(['s', 'ms', 'us', 'ns']).optional(),
  record: z.array(glob).default([]),
  structural: z.array(glob).default([]),
})

/** One door and what stands behind it. */
export const connectionConfig = z.strictObject({
  name: field(name, 'Name', 'How events, rules and approvals call it.', 'mlflow'),
  protocol: field(z.enum(['http']).default('http'), 'Protocol', 'The door.', 'http'),
  profile: field(z.enum(['mlflow', 'phoenix', 'json']), 'Profile', 'How the backend speaks.', 'mlflow'),
  listen: field(listen, 'Listen', 'host:port of this door.', '127.0.0.1:7410'),
  backend: field(z.url(), 'Backend', 'Base URL of the trace store.', 'http://10.0.0.5:5000'),
  headers: field(
    z.record(z.string(), z.string()).default({}),
    'Headers',
    'The gateway’s own credential for the backend.',
    { authorization: 'Bearer ${env:PHOENIX_KEY}' },
  ),
  mode: field(
    z.enum(['enforce', 'observe']).default('enforce'),
    'Mode',
    '`observe` decides, records and alerts, but lets pass.',
    'observe',
  ),
  unknown_routes: field(
    z.enum(['refuse', 'pass']).default('refuse'),
    'Unknown routes',
    'Routes the profile does not know.',
    'refuse',
  ),
  hold: field(
    duration().optional(),
    'Hold',
    'How long a held request waits for a decision; by default what the profile’s clients endure.',
    '25s',
  ),
  timeout: field(
    duration().prefault('1m'),
    'Timeout',
    'For the backend’s first byte and between bytes.',
    '60s',
  ),
  idle: field(duration().prefault('15m'), 'Idle', 'After which a session ends.', '15m'),
  max_body: field(size().prefault('16MiB'), 'Largest request', 'Larger request bodies are refused.', '16MiB'),
  tls: field(
    z.strictObject({ cert: z.string(), key: z.string() }).optional(),
    'TLS',
    'PEM files for the door.',
    { cert: './tls.crt', key: './tls.key' },
  ),
  routes: field(
    z
      .array(
        z.strictObject({
          method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD']).default('GET'),
          path: field(z.string().startsWith('/'), 'Path', '`:name` is one segment.', '/traces/:id'),
          action: z.enum(['read', 'search', 'export', 'write', 'admin', 'asset']),
          collection: field(
            z.string().optional(),
            'Collection',
            'Fixed text, or `:name`, `?name` from path or query.',
            ':project',
          ),
          trace_id: field(z.string().optional(), 'Trace id', '`:name` or `?name`.', ':id'),
          limit: field(z.string().optional(), 'Limit', '`?name` of the page size.', '?limit'),
          filters: field(
            z.array(z.string()).default([]),
            'Filters',
            'Query parameters or body fields that test or sort by a field: `?name` → that field.',
            ['?q'],
          ),
          response: routeShape.prefault({}),
        }),
      )
      .default([]),
    'Routes',
    'Of the `json` profile.',
  ),
})

export type ConnectionConfig = z.infer<typeof connectionConfig>
