import type { Predicate } from '../../../../policy/facts.ts'
import type { CanonicalRequest, RouteFacts, RouteResponse } from '../../profile.ts'
import { onlyParameters, words } from '../parameters.ts'
import { all, count, factsOf, logicalText, one, shapeText } from '../request.ts'
import { filterPredicates, metricPredicates, type Of, orderPredicates } from './filter.ts'
import * as shapes from './shapes.ts'

/** What Langfuse's requests ask. Reads take their parameters from the query alone. */
export type Facts = (pattern: string, request: CanonicalRequest) => RouteFacts

const PAGING = new Set(['page', 'limit', 'cursor'])
/** How the answer is given: which groups of fields, parsed or not. All of them are judged where they are shown. */
const FORM = 'page limit cursor fields expandMetadata parseIoAsJson'

function told(pattern: string, request: CanonicalRequest, facts: Partial<RouteFacts>): RouteFacts {
  const names = request.query.map(([name]) => name)
  return {
    ...factsOf({
      requested: count('limit', one(request, 'limit')),
      ...facts,
      shape: shapeText(pattern, request, names, facts.predicates ?? []),
    }),
    get logical() {
      return logicalText(`langfuse ${pattern}`, { ...request, query: [...request.query].sort() }, {}, PAGING)
    },
  }
}

/** Parameters that test a column of the same or another name. */
function tests(request: CanonicalRequest, of: Of, columns: Readonly<Record<string, string>>): Predicate[] {
  return Object.entries(columns)
    .filter(([name]) => all(request, name).length > 0)
    .map(([, column]): Predicate => ({ field: `${of}.${column}`, use: 'filter', operator: '=' }))
}

const named = (...names: string[]) => Object.fromEntries(names.map((name) => [name, name]))
const TRACES = {
  ...named('userId', 'name', 'sessionId', 'tags', 'version', 'release', 'environment'),
  fromTimestamp: 'timestamp',
  toTimestamp: 'timestamp',
}
const OBSERVATIONS = {
  ...named(
    'name',
    'userId',
    'sessionId',
    'type',
    'traceId',
    'level',
    'parentObservationId',
    'isRootObservation',
  ),
  ...named('environment', 'version'),
  fromStartTime: 'startTime',
  toStartTime: 'startTime',
}
const SCORES = {
  ...named(
    'name',
    'source',
    'dataType',
    'environment',
    'configId',
    'queueId',
    'traceId',
    'sessionId',
    'observationId',
  ),
  ...named('userId', 'traceTags', 'authorUserId', 'datasetRunId', 'id', 'experimentId'),
  scoreIds: 'id',
  fromTimestamp: 'timestamp',
  toTimestamp: 'timestamp',
  valueMin: 'value',
  valueMax: 'value',
}
const parameters = (columns: object, ...more: string[]) => words(FORM, ...Object.keys(columns), ...more)
const LISTS = words(
  'tags environment type level name traceTags traceId id source dataType sessionId observationId',
)

export const traces: Facts = (pattern, request) => {
  onlyParameters(request, parameters(TRACES, 'orderBy', 'filter'), LISTS)
  return told(pattern, request, {
    predicates: [
      ...tests(request, 'trace', TRACES),
      ...filterPredicates('trace', one(request, 'filter')),
      ...orderPredicates('trace', one(request, 'orderBy')),
    ],
  })
}

/** Of given traces they are read; otherwise listed. A `filter` takes the place of the parameters, so it proves nothing. */
function anchored(request: CanonicalRequest, response: RouteResponse): Partial<RouteFacts> {
  const ids = one(request, 'filter') ? [] : all(request, 'traceId').flatMap((ids) => ids.split(','))
  return ids.length ? { action: 'read', traceIds: [...new Set(ids)].sort(), response } : {}
}

export const observations: Facts = (pattern, request) => {
  onlyParameters(request, parameters(OBSERVATIONS, 'filter'), LISTS)
  return told(pattern, request, {
    ...anchored(request, shapes.observationsOfTrace),
    predicates: [
      ...tests(request, 'observation', OBSERVATIONS),
      ...filterPredicates('observation', one(request, 'filter')),
    ],
  })
}

export const scores: Facts = (pattern, request) => {
  onlyParameters(request, parameters(SCORES, 'operator', 'value', 'filter'), LISTS)
  const value = one(request, 'value')
  // A number tells no words; a category does.
  const column = value === undefined ? [] : [/^-?\d+(?:\.\d+)?$/.test(value) ? 'value' : 'stringValue']
  return told(pattern, request, {
    ...anchored(request, shapes.scoresOfTrace),
    predicates: [
      ...tests(request, 'score', SCORES),
      ...column.map((name): Predicate => ({ field: `score.${name}`, use: 'filter', operator: '=' })),
      ...filterPredicates('score', one(request, 'filter')),
    ],
  })
}

export const sessions: Facts = (pattern, request) => {
  onlyParameters(request, words(FORM, 'fromTimestamp toTimestamp environment'), LISTS)
  return told(pattern, request, {})
}

export const metrics: Facts = (pattern, request) => {
  onlyParameters(request, words('query'))
  return told(pattern, request, { predicates: metricPredicates(one(request, 'query')) })
}

/** One trace: its id is in the path. */
export const trace: Facts = (pattern, request) => {
  onlyParameters(request, words(FORM))
  return told(pattern, request, { traceIds: [request.params.trace ?? ''] })
}

/** Other things by their id or name; the trace stands in the answer. */
export const single: Facts = (pattern, request) => {
  onlyParameters(request, words(FORM, 'version label resolve'))
  return told(pattern, request, {})
}

const NAMES = words(
  FORM,
  'name label tag fromUpdatedAt toUpdatedAt datasetName sourceTraceId sourceObservationId version datasetId runName',
  'objectType objectId status',
)

/** Data sets, prompts, comments, settings: what they are about. */
export const naming: Facts = (pattern, request) => {
  onlyParameters(request, NAMES)
  return told(pattern, request, { collection: one(request, 'datasetName') ?? request.params.dataset })
}

export const writing: Facts = (pattern, request) =>
  factsOf({
    shape: shapeText(
      pattern,
      request,
      request.query.map(([name]) => name),
      [],
    ),
  })
