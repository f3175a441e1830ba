import { canonical as canonicalJson } from '../../../core/canonical.ts'
import type { RequestFacts } from '../../policy/facts.ts'
import type { CanonicalRequest, Profile, Route, RouteFacts, RouteResponse } from './profile.ts'

/** A profile's routes, compiled: the first whose method and pattern match wins. */
export interface RouteTable {
  match(
    method: string,
    path: string,
  ): { route: Route; params: Readonly<Record<string, string>>; shape: string } | undefined
}

interface Compiled {
  route: Route
  methods: ReadonlySet<string>
  /** A literal, or a parameter's name after `:`. */
  segments: readonly string[]
  rest: boolean
  shape: string
}

const NO_PARAMS: Readonly<Record<string, string>> = Object.freeze({})

export function compileRoutes(profile: Pick<Profile, 'routes'>): RouteTable {
  const compiled = profile.routes.map((route): Compiled => {
    const segments = route.path.slice(1).split('/')
    const rest = segments.at(-1) === '*'
    if (rest) segments.pop()
    return {
      route,
      methods: new Set(route.methods),
      segments: segments.length === 1 && segments[0] === '' ? [] : segments,
      rest,
      shape: route.path.replace(/:[^/]+/g, '?'),
    }
  })
  const index = new Map<string, readonly Compiled[]>()
  const longest = Math.max(0, ...compiled.map(({ segments }) => segments.length))
  /** Those of one method and length, in their order; all lengths beyond the longest pattern are alike. */
  const candidates = (method: string, length: number): readonly Compiled[] => {
    const known = index.get(method + length)
    if (known) return known
    // HEAD is GET without its body.
    const asked = method === 'HEAD' ? 'GET' : method
    const found = compiled.filter(
      ({ methods, segments, rest }) =>
        (methods.has(method) || methods.has(asked)) &&
        (rest ? segments.length <= length : segments.length === length),
    )
    if (found.length) index.set(method + length, found)
    return found
  }
  return {
    match(method, path) {
      const parts = path === '/' ? [] : path.slice(1).split('/')
      for (const candidate of candidates(method, Math.min(parts.length, longest + 1))) {
        const params = matchSegments(candidate, parts)
        if (params) return { route: candidate.route, params, shape: `${method} ${candidate.shape}` }
      }
      return undefined
    },
  }
}

function matchSegments(candidate: Compiled, parts: readonly string[]) {
  const { segments, rest } = candidate
  let params: Record<string, string> | undefined
  for (let i = 0; i < segments.length; i++) {
    const segment = segments[i]!
    if (segment.charCodeAt(0) === 58) {
      params ??= {}
      params[segment.slice(1)] = parts[i]!
    } else if (segment !== parts[i]) return undefined
  }
  if (rest) {
    params ??= {}
    params['*'] = parts.slice(segments.length).join('/')
  }
  return params ?? NO_PARAMS
}

/** What an unknown route is, where the connection lets it pass: everything in it is content. */
export const UNKNOWN: Route = {
  name: 'unknown',
  methods: [],
  path: '/*',
  action: 'read',
  response: {
    kind: 'json',
    listing: false,
    shape: { traceId: [], time: [], record: [], structural: [] },
  },
}

/** Paging is not part of the logical query: all pages of a query are one matter. */
const PAGING = new Set([
  'after',
  'cursor',
  'first',
  'from',
  'limit',
  'max_results',
  'offset',
  'page',
  'page_size',
  'page_token',
  'size',
])

export interface Classified {
  facts: RequestFacts
  /** The request as the store gets it. */
  request: CanonicalRequest
  response: RouteResponse
}

/** Route, what the profile reads off the request, and defaults for what it does not say. */
export function classify(
  connection: string,
  route: Route,
  shape: string,
  request: CanonicalRequest,
  seen: readonly string[],
): Classified {
  const read: RouteFacts = route.facts?.(request) ?? {}
  return {
    request: read.sends ? rewritten(request, read.sends) : request,
    response: read.response ?? route.response,
    facts: {
      connection,
      protocol: read.protocol ?? 'http',
      action: read.action ?? route.action,
      route: read.route ?? route.name,
      collection: read.collection,
      traceIds: read.traceIds,
      requested: read.requested,
      predicates: read.predicates ?? NO_PREDICATES,
      shape: read.shape ?? shapeOf(shape, request.query),
      get logical() {
        return read.logical ?? logicalOf(route.name, request)
      },
      bypass: read.bypass?.length ? [...seen, ...read.bypass] : seen,
    },
  }
}

const rewritten = (
  request: CanonicalRequest,
  { headers, body }: NonNullable<RouteFacts['sends']>,
): CanonicalRequest => ({
  ...request,
  headers: { ...request.headers, ...headers },
  body: body ?? request.body,
})

const NO_PREDICATES: RequestFacts['predicates'] = Object.freeze([])

function shapeOf(shape: string, query: CanonicalRequest['query']): string {
  if (query.length === 0) return shape
  const names = new Set(query.map(([name]) => name))
  return `${shape} ${[...names].sort().join(' ')}`.slice(0, 1000)
}

function logicalOf(name: string, request: CanonicalRequest): string {
  const query = request.query.filter(([key]) => !PAGING.has(key))
  if (query.length === 0 && request.body.length === 0) return `${request.method} ${name} ${request.path}`
  return canonicalJson({
    method: request.method,
    route: name,
    path: request.path,
    query: query.map(([key, value]) => [key, value]),
    body: request.body.length ? Buffer.from(request.body).toString('base64') : '',
  })
}
