import type { Predicate } from '../../../../policy/facts.ts'
import type { CanonicalRequest, RouteFacts } from '../../profile.ts'
import { fail } from '../errors.ts'
import { onlyParameters, words } from '../parameters.ts'
import { all, count, factsOf, isObject, jsonBody, logicalText, one, shapeText } from '../request.ts'
import * as shapes from './shapes.ts'

/** What Jaeger's requests ask, all of it in the query. */
export type Facts = (pattern: string, request: CanonicalRequest) => RouteFacts

const SEARCH = words(
  'service operation start end lookback minDuration maxDuration limit tags raw prettyPrint',
)
const MANY = words('tag traceID')
const PAGING = new Set(['limit', 'prettyPrint', 'raw'])
const names = (request: CanonicalRequest) => request.query.map(([name]) => name)

const filter = (field: string, operator: string): Predicate => ({
  field: `span.${field}`,
  use: 'filter',
  operator,
})
const given = (request: CanonicalRequest, pairs: Readonly<Record<string, Predicate>>): Predicate[] =>
  Object.entries(pairs).flatMap(([name, predicate]) => (one(request, name) ? [predicate] : []))

function told(pattern: string, request: CanonicalRequest, facts: Partial<RouteFacts>): RouteFacts {
  return {
    ...factsOf({ ...facts, shape: shapeText(pattern, request, names(request), facts.predicates ?? []) }),
    get logical() {
      return logicalText(`jaeger ${pattern}`, { ...request, query: [...request.query].sort() }, {}, PAGING)
    },
  }
}

/** `GET /api/traces`: a list; with `traceID`, those traces. */
export const search: Facts = (pattern, request) => {
  onlyParameters(request, SEARCH, MANY)
  const ids = [...new Set(all(request, 'traceID'))].sort()
  const predicates = [
    ...given(request, {
      service: filter('serviceName', '='),
      operation: filter('operationName', '='),
      minDuration: filter('duration', '>='),
      maxDuration: filter('duration', '<='),
      start: filter('startTime', '>='),
      end: filter('startTime', '<='),
    }),
    ...tagsOf(one(request, 'tags')),
    ...all(request, 'tag').map((tag) => filter(`tags.${tag.split(':', 1)[0]}`, '=')),
  ]
  return told(pattern, request, {
    collection: one(request, 'service'),
    ...(ids.length ? { action: 'read', traceIds: ids, response: shapes.trace } : {}),
    requested: count('limit', one(request, 'limit')),
    predicates,
  })
}

/** `{"error":"true"}`. @throws TW_PROFILE_PARAMETER */
function tagsOf(text: string | undefined): Predicate[] {
  if (!text) return []
  const tags = jsonBody({ ...NOTHING, body: Buffer.from(text) })
  for (const value of Object.values(tags))
    if (isObject(value))
      throw fail('TW_PROFILE_PARAMETER', { name: 'tags', expected: 'names with their values' })
  return Object.keys(tags).map((name) => filter(`tags.${name}`, '='))
}
const NOTHING: CanonicalRequest = {
  method: 'GET',
  path: '',
  params: {},
  query: [],
  headers: {},
  body: new Uint8Array(),
}

const V3 = words(
  'query.service_name query.operation_name query.start_time_min query.start_time_max query.duration_min',
  'query.duration_max query.num_traces query.search_depth query.raw_traces query.attributes raw_traces',
)

/** `GET /api/v3/traces`; newer servers also take the names in camelCase. */
export const searchV3: Facts = (pattern, request) => {
  const snake = request.query.map(([name, value]): [string, string] => [
    name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    value,
  ])
  const asked = { ...request, query: snake }
  onlyParameters(asked, V3)
  return told(pattern, asked, {
    collection: one(asked, 'query.service_name'),
    requested: count('query.num_traces', one(asked, 'query.num_traces') ?? one(asked, 'query.search_depth')),
    predicates: [
      ...given(asked, {
        'query.service_name': filter('serviceName', '='),
        'query.operation_name': filter('operationName', '='),
        'query.duration_min': filter('duration', '>='),
        'query.duration_max': filter('duration', '<='),
        'query.start_time_min': filter('startTime', '>='),
        'query.start_time_max': filter('startTime', '<='),
      }),
      ...tagsOf(one(asked, 'query.attributes')),
    ],
  })
}

const ONE = words('prettyPrint raw raw_traces start end start_time end_time')

/** One trace, by its id. */
export const single: Facts = (pattern, request) => {
  onlyParameters(request, ONE)
  const { trace } = request.params
  return told(pattern, request, trace === undefined ? {} : { traceIds: [trace.toLowerCase()] })
}

const NAMES = words(
  'service spanKind span_kind endTs lookback step ratePer quantile groupByOperation start_time end_time prettyPrint',
)

/** Services, operations, dependencies, rates. */
export const naming: Facts = (pattern, request) => {
  onlyParameters(request, NAMES, words('service spanKind'))
  return told(pattern, request, {})
}
