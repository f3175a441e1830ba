import type { ElasticsearchOptions } from '../../../../config.ts'
import type { CanonicalRequest, RouteFacts, RouteResponse } from '../../profile.ts'
import { fail } from '../errors.ts'
import { named } from '../named.ts'
import {
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
} from '../request.ts'
import { notAllowed, only, type Uses } from './fields.ts'
import { collectionOf } from './indices.ts'
import { lines } from './ndjson.ts'
import * as parameters from './parameters.ts'
import { readQuery } from './query.ts'
import { readSearch, type Search } from './search.ts'
import type { Shapes } from './shapes.ts'

/** What Elasticsearch's requests ask; made for one connection. */
export type Facts = (request: CanonicalRequest) => RouteFacts

const PAGING = new Set(['from', 'size', 'search_after', 'scroll', 'pit'])

export function factsFor(options: ElasticsearchOptions, shapes: Shapes) {
  const collection = (expression = '*') => collectionOf(expression, options.indices)
  const told = (
    name: string,
    request: CanonicalRequest,
    body: Body,
    facts: Partial<RouteFacts>,
  ): RouteFacts => ({
    ...factsOf({
      ...facts,
      sends: plainTypes(request),
      shape: shapeText(
        `/${facts.collection ?? ''}/_${name}`,
        request,
        [...request.query.map(([key]) => key), ...Object.keys(body)],
        facts.predicates ?? [],
      ),
    }),
    get logical() {
      return logicalText(`elasticsearch.${name}`, request, body, PAGING)
    },
  })
  const responseOf = ({ anchor }: Search): RouteResponse =>
    !anchor ? shapes.list : anchor.by === 'trace' ? shapes.byTrace : shapes.byDocument

  const search: Facts = (request) => {
    parameters.checkParameters(request, parameters.SEARCH)
    const body = jsonBody(request)
    const asked = readSearch(body, options.trace_id)
    parameters.readSortParameter(request, asked)
    return told('search', request, body, {
      // The point in time names its indices, judged when it was opened.
      collection: isObject(body.pit) ? 'pit' : collection(request.params.index),
      action: asked.anchor ? 'read' : 'search',
      ...(asked.anchor ? { traceIds: asked.anchor.ids } : {}),
      requested: count('size', one(request, 'size')) ?? asked.requested,
      predicates: asked.predicates,
      response: responseOf(asked),
    })
  }

  /** Many searches: each is judged; together they are a read only if each is one. */
  const multiSearch: Facts = (request) => {
    parameters.checkParameters(request, parameters.MSEARCH)
    const bodies = lines(request)
    const searches: Search[] = []
    const collections = new Set<string>()
    for (let i = 0; i < bodies.length; i += 2) {
      const header = bodies[i]!
      only(header, HEADER, 'header')
      const index = [header.index ?? request.params.index ?? '*'].flat().join(',')
      collections.add(collection(index))
      searches.push(readSearch(bodies[i + 1] ?? {}, options.trace_id))
    }
    const anchors = searches.flatMap(({ anchor }) => anchor ?? [])
    const all = anchors.length === searches.length && new Set(anchors.map(({ by }) => by)).size === 1
    return told(
      'msearch',
      request,
      { bodies },
      {
        collection: [...collections].sort().join(','),
        action: all ? 'read' : 'search',
        ...(all ? { traceIds: [...new Set(anchors.flatMap(({ ids }) => ids))].sort() } : {}),
        requested: searches.reduce((sum, { requested }) => sum + requested, 0),
        predicates: searches.flatMap(({ predicates }) => predicates),
        response: all ? responseOf(searches[0]!) : shapes.list,
      },
    )
  }

  const counting: Facts = (request) => {
    parameters.checkParameters(request, parameters.COUNT)
    const body = jsonBody(request)
    only(body, new Set(['query']), 'count')
    const uses: Uses = { predicates: [] }
    if (body.query !== undefined) readQuery(body.query, uses)
    return told('count', request, body, {
      collection: collection(request.params.index),
      predicates: uses.predicates,
    })
  }

  const document: Facts = (request) => {
    parameters.checkParameters(request, parameters.DOCUMENT)
    noBody(request)
    const { index, id } = request.params
    return told('doc', request, {}, { collection: single(collection(index)), traceIds: [id ?? ''] })
  }

  const multiGet: Facts = (request) => {
    parameters.checkParameters(request, parameters.DOCUMENT)
    const body = jsonBody(request)
    only(body, new Set(['docs', 'ids']), 'mget')
    const collections = new Set<string>()
    const ids = [body.ids ?? []].flat().map(String)
    if (ids.length) collections.add(single(collection(request.params.index)))
    for (const wanted of [body.docs ?? []].flat()) {
      if (!isObject(wanted)) throw notAllowed('docs')
      only(wanted, DOC, 'docs')
      collections.add(single(collection(text(wanted, '_index') ?? request.params.index)))
      ids.push(String(wanted._id))
    }
    return told('mget', request, body, {
      collection: [...collections].sort().join(','),
      traceIds: [...new Set(ids)].sort(),
    })
  }

  /** The next page of a list: whoever opened it, its content is hidden. */
  const scroll: Facts = (request) => {
    parameters.checkParameters(request, parameters.SCROLL)
    const body = jsonBody(request)
    only(body, new Set(['scroll', 'scroll_id']), 'scroll')
    return told('scroll', request, body, { collection: 'scroll' })
  }

  const pointInTime: Facts = (request) => {
    parameters.checkParameters(request, parameters.POINT_IN_TIME)
    const body = jsonBody(request)
    only(body, new Set(request.params.index === undefined ? ['id'] : []), 'pit')
    const { index } = request.params
    return told('pit', request, {}, { collection: index === undefined ? 'pit' : collection(index) })
  }

  /** Names of indices and fields. */
  const catalogue: Facts = (request) => {
    parameters.checkParameters(request, parameters.CATALOGUE)
    const body = jsonBody(request)
    only(body, new Set(['fields']), 'field_caps')
    return told('catalogue', request, body, { collection: collection(request.params.index) })
  }

  const write: Facts = (request) => {
    parameters.checkParameters(request, parameters.WRITE)
    return told('write', request, {}, { collection: single(collection(request.params.index)) })
  }

  /** New documents only: an update may copy a hidden field into a clear one, a deletion takes evidence away. */
  const bulk: Facts = (request) => {
    parameters.checkParameters(request, parameters.WRITE)
    const bodies = lines(request)
    const collections = new Set<string>()
    for (let i = 0; i < bodies.length; i += 2) {
      const [entry, more] = Object.entries(bodies[i]!)
      if (!entry || more) throw fail('TW_PROFILE_BODY', { reason: 'an action of more or less than one kind' })
      const [verb, target] = entry
      if (!isObject(target)) throw fail('TW_PROFILE_BODY', { reason: 'an action without its target' })
      if (verb !== 'index' && verb !== 'create')
        return told('bulk', request, {}, { action: 'admin', collection: collection(request.params.index) })
      only(target, BULK, 'bulk')
      collections.add(single(collection(text(target, '_index') ?? request.params.index)))
    }
    return told('bulk', request, {}, { collection: [...collections].sort().join(',') })
  }

  /** What is refused unless policy lets it: told as what it is about. */
  const naming: Facts = (request) =>
    factsOf({
      sends: plainTypes(request),
      shape: `${request.method} ${request.path.replace(/[^/_a-z]+/g, '?')}`,
    })

  return {
    search,
    multiSearch,
    counting,
    document,
    multiGet,
    scroll,
    pointInTime,
    catalogue,
    write,
    bulk,
    naming,
  }
}

const HEADER = new Set([
  ...[
    'index',
    'preference',
    'routing',
    'search_type',
    'ignore_unavailable',
    'allow_no_indices',
    'request_cache',
  ],
  ...['ccs_minimize_roundtrips', 'max_concurrent_shard_requests'],
])
const DOC = new Set(['_index', '_id', '_source', 'routing', 'version', 'version_type'])
const BULK = new Set([
  '_index',
  '_id',
  'routing',
  'version',
  'version_type',
  'require_alias',
  'if_seq_no',
  'if_primary_term',
])

/** One document is of one index. @throws TW_PROFILE_INDEX */
function single(name: string): string {
  if (/[*,]/.test(name)) throw fail('TW_PROFILE_INDEX', { index: named(name) })
  return name
}

/** Clients ask for `application/vnd.elasticsearch+json; compatible-with=8`, in which the answer must then be as well. */
function plainTypes(request: CanonicalRequest): RouteFacts['sends'] {
  const type = request.headers['content-type']
  if (request.body.length === 0 || type === undefined) return undefined
  if (/^application\/(?:vnd\.elasticsearch\+)?json\b/i.test(type))
    return { headers: { 'content-type': 'application/json' } }
  if (/^application\/(?:vnd\.elasticsearch\+)?x-ndjson\b/i.test(type))
    return { headers: { 'content-type': 'application/x-ndjson' } }
  throw fail('TW_PROFILE_FORMAT', { format: named(type) })
}
