import { z } from 'zod'
import { field } from '../../core/field.ts'
import { routeShape } from './route-shape.ts'

const argument = z.string().min(1)

/** Tools, resources and prompts of an MCP server that may be used: of the `mcp` profile. */
export const mcpOptions = z.strictObject({
  path: field(z.string().startsWith('/').default('/mcp'), 'Path', 'Of the streamable HTTP endpoint.', '/mcp'),
  tools: field(
    z
      .array(
        z.strictObject({
          name: field(z.string().min(1), 'Name', 'As the server calls it.', 'get_trace'),
          action: z.enum(['read', 'search', 'export', 'write', 'admin']),
          collection: field(argument.optional(), 'Collection', 'Argument that names it.', 'project'),
          trace_id: field(argument.optional(), 'Trace id', 'Argument that holds one, or a list.', 'trace_id'),
          limit: field(argument.optional(), 'Limit', 'Argument with the page size.', 'limit'),
          filters: field(
            z.array(argument).default([]),
            'Filters',
            'Arguments that test a field of this name in the answer.',
            ['status'],
          ),
          paging: field(z.array(argument).default([]), 'Paging', 'Arguments that say which page.', [
            'cursor',
          ]),
          parameters: field(
            z.array(argument).default([]),
            'Parameters',
            'Arguments that test nothing. What is not declared is refused.',
            ['verbose'],
          ),
          response: routeShape.prefault({}),
        }),
      )
      .default([]),
    'Tools',
    'That may be called. Paths of a response begin inside the JSON of the tool’s answer.',
    [{ name: 'get_trace', action: 'read', trace_id: 'trace_id' }],
  ),
  resources: field(
    z.array(z.string().min(1)).default([]),
    'Resources',
    'URIs that may be read, `*` for any part; each counts as a trace.',
    ['trace://*'],
  ),
  prompts: field(z.array(z.string().min(1)).default([]), 'Prompts', 'Names of prompts that may be taken.', [
    'review',
  ]),
  client_requests: field(
    z.array(z.enum(['sampling', 'elicitation', 'roots'])).default([]),
    'Requests to the client',
    'What the server may ask of the client: to run its model, to question its user, to tell its directories.',
    ['elicitation'],
  ),
})

export type McpOptions = z.infer<typeof mcpOptions>
