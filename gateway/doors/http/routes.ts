import { canonical as canonicalJson } from '../../../core/canonical.ts'
import type { Action, Predicate, RequestFacts } from '../../policy/facts.ts'
import { nameless } from '../inquiry/shown.ts'
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

/**
 * Route, what the profile reads off the request, and defaults for what it does not say. What events, reviewers and
 * people refused are told of a request holds no secret, even if the request does: `scrub` takes it out.
 */
export class HttpFacts implements RequestFacts {
  readonly protocol: 'http' | 'mcp'
  readonly connection: string
  readonly action: Action
  readonly route: string
  readonly collection: string | undefined
  readonly traceIds: readonly string[] | undefined
  readonly requested: number | undefined
  readonly predicates: readonly Predicate[]
  readonly shape: string
  readonly bypass: readonly string[]
  readonly #route: Route
  readonly #read: RouteFacts
  readonly #request: CanonicalRequest

  constructor(
    connection: string,
    route: Route,
    shape: string,
    request: CanonicalRequest,
    seen: readonly string[],
    scrub: (text: string) => string,
  ) {
    const read = route.facts?.(request) ?? NOTHING_READ
    const { collection, traceIds, predicates, bypass } = read
    this.connection = connection
    this.protocol = read.protocol ?? 'http'
    this.action = read.action ?? route.action
    this.route = read.route ?? route.name
    this.collection = collection === undefined ? undefined : scrub(collection)
    this.traceIds = traceIds?.map((id) => nameless(id, scrub))
    this.requested = read.requested
    this.predicates = predicates?.length
      ? predicates.map((predicate) => ({ ...predicate, field: scrub(predicate.field) }))
      : NO_PREDICATES
    this.shape = scrub(read.shape ?? shapeOf(shape, request.query))
    this.bypass = bypass?.length ? [...seen, ...bypass] : seen
    this.#route = route
    this.#read = read
    this.#request = request
  }

  /** The request as the store gets it. */
  get request(): CanonicalRequest {
    const { sends } = this.#read
    return sends ? rewritten(this.#request, sends) : this.#request
  }

  get response(): RouteResponse {
    return this.#read.response ?? this.#route.response
  }

  /** Made when it is asked for, which is seldom. */
  get logical(): string {
    return this.#read.logical ?? logicalOf(this.#route.name, this.#request)
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

const NOTHING_READ: RouteFacts = Object.freeze({})
const NO_PREDICATES: readonly Predicate[] = Object.freeze([])

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
