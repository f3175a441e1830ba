import type { Predicate } from '../../../../policy/facts.ts'
import type { CanonicalRequest, RouteFacts } from '../../profile.ts'
import { onlyParameters, words } from '../parameters.ts'
import { count, factsOf, logicalText, one, shapeText } from '../request.ts'
import { tagField, tagPredicates, traceqlPredicates } from './traceql.ts'

/** What Tempo's requests ask, all of it in the query. */
export type Facts = (pattern: string, request: CanonicalRequest) => RouteFacts

const SEARCH = words('q tags minDuration maxDuration limit start end spss')
const SERIES = words('q query start end since step exemplars')
const TAGS = words('scope start end limit maxStaleValues q')
const ONE = words('start end')
const PAGING = new Set(['limit', 'spss', 'exemplars'])

function predicatesOf(request: CanonicalRequest): Predicate[] {
  const duration = (name: string, operator: string): Predicate[] =>
    one(request, name) ? [{ field: 'intrinsic.traceDuration', use: 'filter', operator }] : []
  return [
    ...traceqlPredicates(one(request, 'q') ?? ''),
    ...traceqlPredicates(one(request, 'query') ?? ''),
    ...tagPredicates(one(request, 'tags') ?? ''),
    ...duration('minDuration', '>='),
    ...duration('maxDuration', '<='),
  ]
}

function told(pattern: string, request: CanonicalRequest, facts: Partial<RouteFacts>): RouteFacts {
  const names = request.query.map(([name]) => name)
  return {
    ...factsOf({ ...facts, shape: shapeText(pattern, request, names, facts.predicates ?? []) }),
    get logical() {
      return logicalText(`tempo ${pattern}`, { ...request, query: [...request.query].sort() }, {}, PAGING)
    },
  }
}

export const search: Facts = (pattern, request) => {
  onlyParameters(request, SEARCH)
  return told(pattern, request, {
    requested: count('limit', one(request, 'limit')) ?? 20,
    predicates: predicatesOf(request),
  })
}

/** Metrics over spans: what they group by is in the answer. */
export const series: Facts = (pattern, request) => {
  onlyParameters(request, SERIES)
  const predicates = predicatesOf(request).map((predicate): Predicate => ({ ...predicate, use: 'aggregate' }))
  return told(pattern, request, { predicates })
}

export const single: Facts = (pattern, request) => {
  onlyParameters(request, ONE)
  return told(pattern, request, { traceIds: [(request.params.trace ?? '').toLowerCase()] })
}

export const tags: Facts = (pattern, request) => {
  onlyParameters(request, TAGS)
  return told(pattern, request, { predicates: predicatesOf(request) })
}

/** All values of one tag, which are its content. */
export const tagValues: Facts = (pattern, request) => {
  onlyParameters(request, TAGS)
  const group: Predicate = { field: tagField(request.params.tag ?? ''), use: 'group', operator: 'values' }
  return told(pattern, request, { predicates: [group, ...predicatesOf(request)] })
}

export const naming: Facts = (pattern, request) => told(pattern, request, {})
