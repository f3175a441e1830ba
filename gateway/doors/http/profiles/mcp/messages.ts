import type { ResponseShape } from '../../../../masking/masker.ts'
import type { CanonicalRequest, Route, RouteFacts, RouteResponse } from '../../profile.ts'
import { fail } from '../errors.ts'
import { named } from '../named.ts'
import { type Body, factsOf, isObject, jsonBody, logicalText, noBody, text } from '../request.ts'
import { admitting, type ClientRequest, messageShape, responseOf } from './response.ts'

/** What one server lets its clients do; everything that is not said is refused. */
export interface McpServer {
  /** What a tool call asks, and the shape of its answer inside the message; undefined for a tool nobody knows. */
  tool(name: string, args: Body, request: CanonicalRequest): RouteFacts | undefined
  resource(uri: string): boolean
  prompt(name: string): boolean
  clientRequests: readonly ClientRequest[]
}

const MESSAGE = new Set(['jsonrpc', 'id', 'method', 'params', 'result', 'error'])
const LISTS: Readonly<Record<string, readonly string[]>> = {
  'tools/list': ['tools.**'],
  'prompts/list': ['prompts.**'],
  // Names and descriptions of resources may be those of traces.
  'resources/list': ['resources.*.uri', 'resources.*.mimeType', 'resources.*.size'],
  'resources/templates/list': ['resourceTemplates.**'],
}

/** The routes of a streamable HTTP endpoint (MCP 2025-06-18 §Transports). */
export function mcpRoutes(path: string, name: string, server: McpServer): Route[] {
  const admit = admitting(server.clientRequests)
  // A server that may ask its client in between must be heard before it has ended.
  const ends = server.clientRequests.length === 0
  const made = new WeakMap<ResponseShape, ResponseShape>()
  /** The same inner shape is the same shape of messages: plans are kept by it. */
  const wrapped = (response: RouteResponse): RouteResponse => {
    if (response.kind === 'asset') return response
    const shape = made.get(response.shape) ?? messageShape(response.shape, admit)
    made.set(response.shape, shape)
    return responseOf(response.listing, shape, ends)
  }
  const of = (structural: readonly string[]) =>
    wrapped({ kind: 'json', listing: true, shape: { ...NOTHING, structural: structural.map(inMessage) } })
  const closed = of([])
  const initialized = of(['protocolVersion', 'capabilities.**', 'serverInfo.**', 'instructions'])
  const lists = new Map(Object.entries(LISTS).map(([method, structural]) => [method, of(structural)]))
  const content = wrapped({ kind: 'json', listing: false, shape: { ...NOTHING } })
  const stream = endless(server.clientRequests.length ? content : closed)
  const told = (route: string, facts: Partial<RouteFacts> = {}): RouteFacts => ({
    ...factsOf({ route: `${name}.${route}`, action: 'search', response: closed, ...facts, protocol: 'mcp' }),
    get logical() {
      return facts.logical ?? `${name} ${route} ${JSON.stringify(facts.traceIds ?? [])}`
    },
  })

  function call(params: Body, request: CanonicalRequest): RouteFacts {
    for (const member of Object.keys(params))
      if (!CALL.has(member)) throw fail('TW_PROFILE_UNDECLARED', { name: named(member) })
    const tool = text(params, 'name') ?? ''
    const args = params.arguments ?? {}
    if (!isObject(args)) throw fail('TW_PROFILE_PARAMETER', { name: 'arguments', expected: 'an object' })
    const facts = server.tool(tool, args, request)
    if (!facts) return told('tools/call', { route: 'unknown', shape: 'tools/call of an unknown tool' })
    return told(`tools/call ${tool}`, {
      ...facts,
      route: facts.route ?? `${name}.${tool}`,
      shape: facts.shape ?? `tools/call ${tool} ${Object.keys(args).sort().join(' ')}`.trim(),
      logical: facts.logical ?? logicalText(`${name} ${tool}`, NO_REQUEST, args, new Set()),
      response: facts.response ? wrapped(facts.response) : closed,
    })
  }

  /** The client's own answer to a request of the server's: of those that reach it, or to a ping. */
  function answer({ result, error }: Body): RouteFacts {
    const empty = isObject(result) && Object.keys(result).length === 0
    if (!empty && !isObject(error) && server.clientRequests.length === 0)
      throw fail('TW_PROFILE_MCP', { reason: 'an answer to a request that was never let through' })
    return told('answer', { response: ASSET })
  }

  function facts(request: CanonicalRequest): RouteFacts {
    if (!/^application\/json\b/i.test(request.headers['content-type'] ?? ''))
      throw fail('TW_PROFILE_FORMAT', { format: named(request.headers['content-type'] ?? 'none') })
    if (request.query.length) throw fail('TW_PROFILE_UNDECLARED', { name: named(request.query[0]![0]) })
    const message = jsonBody(request)
    for (const member of Object.keys(message))
      if (!MESSAGE.has(member)) throw fail('TW_PROFILE_UNDECLARED', { name: named(member) })
    const method = text(message, 'method')
    if (method === undefined) return answer(message)
    const params = message.params ?? {}
    if (!isObject(params)) throw fail('TW_PROFILE_PARAMETER', { name: 'params', expected: 'an object' })
    if (method === 'initialize')
      return told(method, {
        response: initialized,
        sends: { body: capable(message, params, server.clientRequests) },
      })
    if (method.startsWith('notifications/')) return told(method, { response: ASSET })
    const list = lists.get(method)
    if (list) return told(method, { response: list })
    if (method === 'ping' || method === 'logging/setLevel') return told(method)
    if (method === 'tools/call') return call(params, request)
    if (method === 'resources/read' && server.resource(text(params, 'uri') ?? ''))
      return told(method, { action: 'read', traceIds: [String(params.uri)], response: content })
    if (method === 'prompts/get' && server.prompt(text(params, 'name') ?? ''))
      return told(method, { action: 'read', traceIds: [`prompt:${String(params.name)}`], response: content })
    // Completions tell the values of a field.
    const predicates =
      method === 'completion/complete' ? [{ field: '', use: 'group' as const, operator: method }] : []
    return told(method, { route: 'unknown', predicates, shape: 'a method that is not let through' })
  }

  return [
    { name: `${name}.message`, methods: ['POST'], path, action: 'search', response: closed, facts },
    {
      // What the server sends by itself: notifications, whose content is nobody's, and requests that were let through.
      name: `${name}.stream`,
      methods: ['GET'],
      path,
      action: 'search',
      response: stream,
      facts: (request) => {
        noBody(request)
        return told('stream', { response: stream })
      },
    },
    {
      name: `${name}.end`,
      methods: ['DELETE'],
      path,
      action: 'search',
      response: ASSET,
      facts: () => told('end', { response: ASSET }),
    },
  ]
}

const endless = (response: RouteResponse): RouteResponse =>
  response.kind === 'asset' ? response : { ...response, ends: false }

const CALL = new Set(['name', 'arguments', '_meta'])
const NOTHING: ResponseShape = { traceId: [], time: [], record: [], structural: [] }
const ASSET: RouteResponse = { kind: 'asset' }
const NO_REQUEST: CanonicalRequest = {
  method: 'POST',
  path: '',
  params: {},
  query: [],
  headers: {},
  body: new Uint8Array(),
}
const inMessage = (path: string) => `message.result.${path}`

/** What the client says it can do, without what the connection does not let through: a fair server does not ask then. */
function capable(message: Body, params: Body, requests: readonly ClientRequest[]): Uint8Array {
  const offered = isObject(params.capabilities) ? params.capabilities : {}
  const capabilities = Object.fromEntries(
    Object.entries(offered).filter(([name]) => requests.some((request) => request === name)),
  )
  return Buffer.from(JSON.stringify({ ...message, params: { ...params, capabilities } }))
}
