import type { HttpConnectionConfig } from '../../../config.ts'
import type { Predicate } from '../../../policy/facts.ts'
import type { CanonicalRequest, Profile, Route, RouteFacts } from '../profile.ts'
import { fail } from './errors.ts'
import { named } from './named.ts'
import { all, count, factsOf, jsonBody, logicalText, noBody, one, shapeText } from './request.ts'

/**
 * Any store that answers JSON: its routes stand in the connection's config. `:name` is a path segment, `?name` a query
 * parameter or a member of the JSON body. Searches are listings: their content is hidden. Reads show content, and count.
 * A parameter that the route does not declare could be a filter, or ask for another form of answer: it is refused.
 */
type Configured = HttpConnectionConfig['routes'][number]

export function jsonProfile(configured: readonly Configured[]): Profile {
  return { name: 'json', title: 'Generic JSON', hold: 10_000, routes: configured.map(routeOf), examples: [] }
}

function routeOf(route: Configured): Route {
  const { trace_id, time, time_unit, record, structural } = route.response
  return {
    name: `json.${route.method} ${route.path}`,
    methods: [route.method],
    path: route.path,
    action: route.action,
    facts: (request) => read(route, request),
    response:
      route.action === 'asset'
        ? { kind: 'asset' }
        : {
            kind: 'json',
            listing: route.action === 'search',
            shape: {
              traceId: trace_id,
              time,
              ...(time_unit ? { timeUnit: time_unit } : {}),
              record,
              structural,
            },
          },
  }
}

function read(route: Configured, request: CanonicalRequest): RouteFacts {
  // What stands in a body beside a GET, or in one of another type, the store may read and we do not.
  if (route.method === 'GET' || route.method === 'HEAD') noBody(request)
  else if (route.action === 'read' || route.action === 'search') jsonBody(request)
  const asked = DECLARED.has(route.action) ? declared(route, request) : request.query.map(([name]) => name)
  const predicates = route.filters
    .filter((filter) => valuesOf(filter, request).length > 0)
    .map((filter): Predicate => ({ field: filter.replace(/^[?:]/, ''), use: 'filter' }))
  const ids = route.trace_id ? valuesOf(route.trace_id, request).flatMap((value) => value.split(',')) : []
  const paging = new Set(
    [...route.paging, ...(route.limit ? [route.limit] : [])].map((name) => name.slice(1)),
  )
  const facts = factsOf({
    collection: route.collection && single(route.collection, request),
    traceIds: ids.length ? [...new Set(ids)].sort() : undefined,
    requested: route.limit ? count(route.limit, single(route.limit, request)) : undefined,
    predicates,
    shape: shapeText(route.path, request, asked, predicates),
  })
  if (route.action !== 'read' && route.action !== 'search') return facts
  return {
    ...facts,
    get logical() {
      return logicalText(`json.${route.method} ${route.path}`, request, jsonBody(request), paging)
    },
  }
}

const DECLARED: ReadonlySet<string> = new Set(['read', 'search', 'export'])

/** Names of all that was given. @throws TW_PROFILE_UNDECLARED for the first that the route does not name. */
function declared(route: Configured, request: CanonicalRequest): string[] {
  const { collection, trace_id, limit, filters, paging, parameters } = route
  const known = new Set([collection, trace_id, limit, ...filters, ...paging, ...parameters])
  const names = request.query.map(([name]) => name)
  if (isJson(request)) names.push(...Object.keys(jsonBody(request)))
  for (const name of names)
    if (!known.has(`?${name}`)) throw fail('TW_PROFILE_UNDECLARED', { name: named(name) })
  return names
}

const isJson = ({ body, headers }: CanonicalRequest) =>
  body.length > 0 && /json/i.test(headers['content-type'] ?? '')

function single(reference: string, request: CanonicalRequest): string | undefined {
  if (reference.startsWith('?')) one(request, reference.slice(1))
  const values = valuesOf(reference, request)
  if (values.length > 1) throw fail('TW_PROFILE_REPEATED', { name: reference })
  return values[0]
}

/** What `:name` or `?name` stands for in a request; other text stands for itself. */
function valuesOf(reference: string, request: CanonicalRequest): string[] {
  const name = reference.slice(1)
  if (reference.startsWith(':')) return [request.params[name] ?? ''].filter(Boolean)
  if (!reference.startsWith('?')) return [reference]
  const values = all(request, name)
  if (!isJson(request)) return values
  const member = jsonBody(request)[name]
  if (member === undefined || member === null) return values
  return [
    ...values,
    ...[member].flat().map((value) => (typeof value === 'string' ? value : JSON.stringify(value))),
  ]
}
