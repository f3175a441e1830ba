import type { Predicate } from '../../../../policy/facts.ts'
import type { CanonicalRequest, RouteFacts } from '../../profile.ts'
import { fail } from '../errors.ts'
import {
  all,
  type Body,
  count,
  factsOf,
  isObject,
  jsonBody,
  logicalText,
  noBody,
  one,
  shapeText,
  text,
  texts,
} from '../request.ts'
import { metricField, plainField, traceField } from './fields.ts'
import { filterPredicates, orderPredicate } from './filter.ts'

/**
 * What MLflow's requests ask. GET reads the query (a body beside it would be read instead where the query is empty, so
 * it is refused), everything else the JSON body, whose members the store also takes in camelCase.
 */
export type Facts = (pattern: string, request: CanonicalRequest) => RouteFacts

const PAGING: ReadonlySet<string> = new Set(['max_results', 'page_token'])

/** @throws TW_PROFILE_REPEATED where one member stands in both spellings. */
function snakeBody(request: CanonicalRequest): Body {
  const body: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(jsonBody(request))) {
    const name = key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
    if (Object.hasOwn(body, name)) throw fail('TW_PROFILE_REPEATED', { name })
    body[name] = value
  }
  return body
}

const LISTS = new Set([
  'experiment_ids',
  'trace_ids',
  'order_by',
  'run_ids',
  'run_id',
  'metric_key',
  'stages',
  'filters',
])

const NOTHING: Body = Object.freeze({})

/** Query or body as one object. */
export function parameters(request: CanonicalRequest): Body {
  if (request.method !== 'GET' && request.method !== 'HEAD') return snakeBody(request)
  noBody(request)
  if (request.query.length === 0) return NOTHING
  const names = new Set(request.query.map(([name]) => name))
  return Object.fromEntries(
    [...names].map((name) => [name, LISTS.has(name) ? all(request, name) : one(request, name)]),
  )
}

/** `{locations:[{mlflow_experiment:{experiment_id}}]}` or `experiment_ids`. Several are told as several. */
export function collectionOf(body: Body, params: CanonicalRequest['params']): string | undefined {
  const named = body.experiment_id ?? params.experiment
  if (typeof named === 'string') return named
  const ids = new Set(texts(body, 'experiment_ids'))
  for (const location of Array.isArray(body.locations) ? body.locations : []) {
    if (!isObject(location)) continue
    const experiment = location.mlflow_experiment ?? location.mlflowExperiment
    const id = isObject(experiment) ? (experiment.experiment_id ?? experiment.experimentId) : undefined
    ids.add(typeof id === 'string' ? id : 'unknown')
  }
  return ids.size ? [...ids].sort().join(',') : undefined
}

type Field = (identifier: string) => string

function predicatesOf(body: Body, filters: readonly string[], field: Field): Predicate[] {
  return [
    ...filters.flatMap((name) => filterPredicates(text(body, name) ?? '', field)),
    ...texts(body, 'order_by').map((item) => orderPredicate(item, field)),
  ]
}

interface Reading {
  filters?: readonly string[]
  field?: Field
  predicates?: (body: Body) => Predicate[]
  traceIds?: (body: Body, request: CanonicalRequest) => readonly string[] | undefined
}

const reading =
  ({ filters = ['filter'], field = traceField, predicates, traceIds }: Reading): Facts =>
  (pattern, request) => {
    const body = parameters(request)
    const route = pattern.replace('/ajax-api/', '/api/')
    const named = traceIds?.(body, request)
    const tests = predicates?.(body) ?? predicatesOf(body, filters, field)
    return {
      ...factsOf({
        collection: collectionOf(body, request.params),
        traceIds: named,
        requested: count('max_results', body.max_results),
        predicates: tests,
        shape: shapeText(pattern, request, Object.keys(body), tests),
      }),
      get logical() {
        const asked = { ...body, ...(named ? { trace_ids: named } : {}) }
        return logicalText(route, { ...request, query: [] }, asked, PAGING)
      },
    }
  }

export const searching = reading({})
export const batch = reading({
  traceIds: (body) => [...new Set(texts(body, 'trace_ids'))].sort(),
})
/** The trace is in the path (`:trace`), or in the query as `trace_id` or `request_id`. */
export const single = reading({
  traceIds: (body, request) => {
    const id = request.params.trace ?? text(body, 'trace_id') ?? text(body, 'request_id')
    return id === undefined ? undefined : [id]
  },
})
export const correlating = reading({
  filters: ['filter_string1', 'filter_string2', 'base_filter'],
})
export const measuring = reading({
  predicates: (body) => [
    ...texts(body, 'filters').flatMap((filter) => filterPredicates(filter, metricField)),
    ...texts(body, 'dimensions').map((name): Predicate => ({ field: metricField(name), use: 'group' })),
  ],
})
/** Runs, experiments, models, data sets: their filters test no trace; only hidden fields matter. */
export const listing = reading({
  predicates: (body) =>
    texts(body, 'order_by').flatMap((item) => {
      const match = /^\s*[\w.`" -]+/.exec(item)?.[0].trim()
      return match
        ? [{ field: plainField(match.replace(/[`"]|\s+(asc|desc)$/gi, '')), use: 'sort' as const }]
        : []
    }),
})
/** Exports, writes and settings: only what they are about. */
export const naming: Facts = (pattern, request) => {
  const names = request.query.map(([name]) => name)
  return factsOf({ collection: request.params.experiment, shape: shapeText(pattern, request, names, []) })
}
