import type { McpOptions } from '../../../../config.ts'
import type { Predicate } from '../../../../policy/facts.ts'
import type { RouteFacts, RouteResponse } from '../../profile.ts'
import { fail } from '../errors.ts'
import { named } from '../named.ts'
import { type Body, count, factsOf } from '../request.ts'
import type { McpServer } from './messages.ts'
import { shapeOf } from './response.ts'

type Tool = McpOptions['tools'][number]

/** A server whose tools, resources and prompts stand in the config. */
export function configured(options: McpOptions): McpServer {
  const tools = new Map(options.tools.map((tool) => [tool.name, { tool, response: responseFor(tool) }]))
  const resources = options.resources.map(
    (pattern) =>
      new RegExp(
        `^${pattern
          .split('*')
          .map((part) => part.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'))
          .join('.*')}$`,
      ),
  )
  const prompts = new Set(options.prompts)
  return {
    tool(name, args) {
      const known = tools.get(name)
      return known && { ...readCall(known.tool, args), response: known.response }
    },
    resource: (uri) => resources.some((pattern) => pattern.test(uri)),
    prompt: (name) => prompts.has(name),
    clientRequests: options.client_requests,
  }
}

const responseFor = ({ action, response }: Tool): RouteResponse => ({
  kind: 'json',
  listing: action === 'search' || action === 'write' || action === 'admin',
  shape: shapeOf(response),
})

/** @throws TW_PROFILE_UNDECLARED for an argument that the tool's entry does not name. */
function readCall(tool: Tool, args: Body): RouteFacts {
  const { collection, trace_id, limit, filters, paging, parameters } = tool
  const known = new Set([collection, trace_id, limit, ...filters, ...paging, ...parameters])
  for (const name of Object.keys(args))
    if (!known.has(name)) throw fail('TW_PROFILE_UNDECLARED', { name: named(name) })
  const given = (name: string) => args[name] !== undefined && args[name] !== null && args[name] !== ''
  const predicates = filters.filter(given).map((field): Predicate => ({ field, use: 'filter' }))
  const ids = trace_id && given(trace_id) ? [args[trace_id]].flat().map(String) : []
  return factsOf({
    action: tool.action,
    collection: collection && given(collection) ? String(args[collection]) : undefined,
    traceIds: ids.length ? [...new Set(ids)].sort() : undefined,
    requested: limit ? count(limit, args[limit]) : undefined,
    predicates,
    logical: JSON.stringify([
      'mcp',
      tool.name,
      Object.entries(args)
        .filter(([name]) => name !== limit && !paging.includes(name))
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    ]),
  })
}
