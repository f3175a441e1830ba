import { z } from 'zod'
import { field } from '../../core/field.ts'
import { size } from '../../core/units.ts'
import { anyConnection } from './any-connection.ts'
import { doorTls } from './door-tls.ts'
import { elasticsearchOptions } from './elasticsearch.ts'
import { mcpOptions } from './mcp.ts'
import { routeShape } from './route-shape.ts'

/** An http door and what stands behind it. */
export const httpConnection = z.strictObject({
  ...anyConnection,
  tls: doorTls,
  protocol: field(z.literal('http').default('http'), 'Protocol', 'The door.', 'http'),
  profile: field(
    z.enum(['mlflow', 'phoenix', 'langfuse', 'elasticsearch', 'jaeger', 'tempo', 'mcp', 'json']),
    'Profile',
    'How the backend speaks.',
    'mlflow',
  ),
  url: field(
    z.url({ protocol: /^https?$/ }).optional(),
    'Public URL',
    'scheme://host[:port] as browsers reach this door, where that is not `listen`: sign-in comes back to it.',
    'https://mlflow.example',
  ),
  backend: field(z.url(), 'Backend', 'Base URL of the trace store.', 'http://10.0.0.5:5000'),
  headers: field(
    z.record(z.string(), z.string()).default({}),
    'Headers',
    'The gateway’s own credential for the backend.',
    { authorization: 'Bearer ${env:PHOENIX_KEY}' },
  ),
  unknown_routes: field(
    z.enum(['refuse', 'pass']).default('refuse'),
    'Unknown routes',
    'Routes the profile does not know.',
    'refuse',
  ),
  max_body: field(size().prefault('16MiB'), 'Largest request', 'Larger request bodies are refused.', '16MiB'),
  elasticsearch: field(
    elasticsearchOptions.prefault({}),
    'Elasticsearch',
    'Of the `elasticsearch` profile.',
    { indices: ['traces-*'] },
  ),
  mcp: field(mcpOptions.prefault({}), 'MCP', 'Of the `mcp` profile.', { tools: [] }),
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
          paging: field(
            z.array(z.string().startsWith('?')).default([]),
            'Paging',
            'Query parameters or body fields that only say which page: all pages are one logical query.',
            ['?cursor'],
          ),
          parameters: field(
            z.array(z.string().startsWith('?')).default([]),
            'Parameters',
            'Those that test nothing and choose no other content or format. Reads, searches and exports refuse every parameter that is not declared.',
            ['?locale'],
          ),
          response: routeShape.prefault({}),
        }),
      )
      .default([]),
    'Routes',
    'Of the `json` profile.',
  ),
})

export type HttpConnectionConfig = z.infer<typeof httpConnection>
