import type { RouteShape } from '../../../../config.ts'
import type { ResponseShape } from '../../../../masking/masker.ts'
import { fail as httpFail } from '../../errors.ts'
import type { RouteResponse } from '../../profile.ts'
import { isObject } from '../request.ts'

/**
 * MCP answers are JSON-RPC messages, one as JSON or several as server-sent events. What a tool tells stands in them as
 * text, mostly JSON, and again as structured content: both have the paths of the JSON inside. Everything else has its
 * path under `message`.
 */
const ENVELOPE = [
  ...['jsonrpc', 'id', 'method', 'error.code', 'result.isError', 'result.nextCursor', 'result._meta.**'],
  ...['result.content.*', 'result.contents.*', 'result.content.*.resource'].flatMap((at) =>
    ['type', 'uri', 'mimeType', 'size'].map((name) => `${at}.${name}`),
  ),
  ...['progress', 'progressToken', 'total', 'level', 'requestId'].map((name) => `params.${name}`),
].map((path) => `message.${path}`)

const INSIDE = [
  ['result', 'structuredContent'],
  ['result', 'content', '*', 'text'],
  ['result', 'content', '*', 'resource', 'text'],
  ['result', 'contents', '*', 'text'],
]

function inside(path: readonly string[]): readonly string[] | undefined {
  for (const place of INSIDE)
    if (path.length >= place.length && place.every((segment, i) => segment === path[i]))
      return path.slice(place.length)
  return undefined
}

type Admit = NonNullable<ResponseShape['admit']>

/** The shape of messages that carry what `inner` describes. Make it once: masking is compiled for each. */
export function messageShape(inner: ResponseShape, admit: Admit): ResponseShape {
  return {
    ...inner,
    structural: [...ENVELOPE, ...inner.structural],
    document: ['text'],
    resolve: (path) => {
      const rest = inside(path)
      if (!rest) return ['message', ...path]
      // Text that is no JSON.
      if (rest.length === 0) return ['text']
      return inner.resolve ? inner.resolve(rest) : rest
    },
    admit,
  }
}

export const responseOf = (listing: boolean, shape: ResponseShape, ends: boolean): RouteResponse => ({
  kind: 'sse',
  listing,
  shape,
  ends,
})

export const shapeOf = ({ trace_id, time, time_unit, record, structural }: RouteShape): ResponseShape => ({
  traceId: trace_id,
  time,
  ...(time_unit ? { timeUnit: time_unit } : {}),
  record,
  structural,
})

const REQUESTS = {
  sampling: 'sampling/createMessage',
  elicitation: 'elicitation/create',
  roots: 'roots/list',
} as const
export type ClientRequest = keyof typeof REQUESTS

/**
 * Which messages of a server its client gets: answers, notifications, and of requests those that the connection lets
 * through. Pictures, sounds and binary resources cannot be masked. @throws TW_HTTP_WITHHELD
 */
export function admitting(clientRequests: readonly ClientRequest[]): Admit {
  const requests = new Set<string>(['ping', ...clientRequests.map((name) => REQUESTS[name])])
  return (document) => {
    if (!isObject(document)) throw httpFail('TW_HTTP_WITHHELD', { reason: 'it is no JSON-RPC message' })
    const { method, id, result } = document
    if (typeof method === 'string') {
      if (id !== undefined) return requests.has(method) ? 'alone' : 'drop'
      return method.startsWith('notifications/') ? 'pass' : 'drop'
    }
    if (isObject(result)) for (const block of blocks(result)) checkBlock(block)
    return 'alone'
  }
}

const blocks = (result: Readonly<Record<string, unknown>>): unknown[] => [
  ...[result.content ?? []].flat(),
  ...[result.contents ?? []].flat(),
  ...[result.messages ?? []].flat().map((message) => (isObject(message) ? message.content : undefined)),
]

function checkBlock(block: unknown): void {
  const resource = isObject(block) && isObject(block.resource) ? block.resource : block
  const typed = isObject(block) && (block.type === undefined || TYPES.has(String(block.type)))
  const binary = isObject(resource) && (resource.blob !== undefined || resource.data !== undefined)
  if (!typed || binary) throw httpFail('TW_HTTP_WITHHELD', { reason: 'it holds what is not text' })
}
const TYPES = new Set(['text', 'resource', 'resource_link'])
