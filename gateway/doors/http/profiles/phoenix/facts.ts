import type { Predicate } from '../../../../policy/facts.ts'
import type { CanonicalRequest, RouteFacts } from '../../profile.ts'
import { all, count, factsOf, logicalText, noBody, one, shapeText } from '../request.ts'
import { conditionPredicates, spanField } from './condition.ts'

/** What Phoenix's REST requests ask. Reads take their parameters from the query alone. */
export type Facts = (pattern: string, request: CanonicalRequest) => RouteFacts

const PAGING: ReadonlySet<string> = new Set(['cursor', 'limit'])
const COLUMNS = ['span_id', 'parent_id', 'name', 'span_kind', 'status_code']

const names = (request: CanonicalRequest) => request.query.map(([name]) => name)

/** `attribute=llm.model_name:m1`: the key ends at the first colon. */
const attributeField = (value: string) => `span.attributes.${value.split(':', 1)[0]}`

function predicatesOf(request: CanonicalRequest): Predicate[] {
  const sort = one(request, 'sort')
  return [
    ...COLUMNS.filter((name) => all(request, name).length > 0).map(
      (name): Predicate => ({ field: spanField(name), use: 'filter', operator: '==' }),
    ),
    ...all(request, 'attribute').map(
      (value): Predicate => ({ field: attributeField(value), use: 'filter', operator: '==' }),
    ),
    ...conditionPredicates(one(request, 'filter')),
    ...(sort
      ? [{ field: spanField(sort), use: 'sort' as const, operator: one(request, 'order') ?? 'desc' }]
      : []),
  ]
}

/** Spans, traces, sessions of a project. */
export const searching: Facts = (pattern, request) => {
  noBody(request)
  const predicates = predicatesOf(request)
  const ids = [...all(request, 'trace_id'), ...all(request, 'trace_ids')]
  return {
    ...factsOf({
      collection: request.params.project,
      traceIds: ids.length ? [...new Set(ids)].sort() : undefined,
      requested: count('limit', one(request, 'limit')),
      predicates,
      shape: shapeText(pattern, request, names(request), predicates),
    }),
    get logical() {
      return logicalText(pattern, { ...request, query: [...request.query].sort() }, {}, PAGING)
    },
  }
}

/** Everything else: what it is about. */
export const naming: Facts = (pattern, request) =>
  factsOf({
    collection: request.params.project ?? request.params.dataset,
    shape: shapeText(pattern, request, names(request), []),
  })
