import type { ElasticsearchOptions } from '../../../../config.ts'
import type { ResponseShape } from '../../../../masking/masker.ts'
import type { RouteResponse } from '../../profile.ts'
import { docField, structuralOf } from './fields.ts'

/** Where answers keep what is not of a document. Reasons of failures quote values: they are content. */
const HIT = ['_index', '_id', '_score', '_version', '_seq_no', '_primary_term', '_routing', 'found', 'sort.*']
const ANSWER = [
  ...[
    'took',
    'timed_out',
    'terminated_early',
    'num_reduce_phases',
    '_scroll_id',
    'pit_id',
    'count',
    'status',
  ],
  ...['total', 'successful', 'skipped', 'failed'].map((name) => `_shards.${name}`),
  ...['hits.total', 'hits.total.**', 'hits.max_score', 'aggregations.**'],
  ...['error.type', 'error.status', 'error.index', 'error.root_cause.*.type', 'error.root_cause.*.index'],
]
const under = (prefix: string, names: readonly string[]) => names.map((name) => `${prefix}.${name}`)

/** The places of documents in answers. */
const HITS = ['hits.hits.*', 'responses.*.hits.hits.*']
const DOCS = ['docs.*', 'get']

/** The shapes of one connection: its options say which fields of documents are what. */
export interface Shapes {
  /** Content is hidden. */
  list: RouteResponse
  /** Counted by trace id, or document by document. */
  byTrace: RouteResponse
  byDocument: RouteResponse
  /** `_source/{id}`: the answer is the document. */
  bare: RouteResponse
  /** Ids and states of what was written. */
  written: RouteResponse
  /** Names of indices and fields, health: no documents. */
  plain: RouteResponse
  /** What no document may come through: everything in it is hidden. */
  closed: RouteResponse
}

export function shapesOf(options: ElasticsearchOptions): Shapes {
  const structural = [
    ...ANSWER,
    ...under('responses.*', ANSWER),
    ...['', ...HITS, ...DOCS].flatMap((at) => (at === '' ? HIT : under(at, HIT))),
    ...structuralOf(options),
  ]
  const times = options.time.map(docField)
  const traces = options.trace_id.map(docField)
  const documents = ['_id', ...[...HITS, ...DOCS].map((at) => `${at}._id`)]
  const json = (
    listing: boolean,
    traceId: readonly string[],
    parts: Partial<ResponseShape> = {},
  ): RouteResponse => ({
    kind: 'json',
    listing,
    shape: {
      traceId,
      time: times,
      timeUnit: options.time_unit,
      record: [...HITS, 'docs.*'],
      structural,
      resolve: documentPath,
      ...parts,
    },
  })
  return {
    list: json(true, traces),
    byTrace: json(false, traces),
    byDocument: json(false, documents),
    bare: json(false, traces, { resolve: (path) => ['doc', ...path], record: [] }),
    written: json(true, [], { structural: [...ANSWER, ...HIT, 'result', 'errors', ...WRITTEN] }),
    plain: json(false, [], { structural: ['**'], resolve: (path) => path }),
    closed: json(true, [], { structural: [] }),
  }
}

const WRITTEN = ['index', 'create'].flatMap((verb) =>
  under(`items.*.${verb}`, [...HIT, 'result', 'status', 'error.type']),
)

/** `hits.hits.*._source.a.b`, `docs.*._source.a.b`, `hits.hits.*.fields.a.b.*` → `doc.a.b`. */
function documentPath(path: readonly string[]): readonly string[] {
  const at = path.findIndex((segment) => segment === '_source' || segment === 'fields')
  if (at < 0 || !PLACES.has(path.slice(0, at).join('.'))) return path
  const rest = path.slice(at + 1)
  // Fields are lists, of one value mostly.
  if (path[at] === 'fields' && rest.at(-1) === '*') rest.pop()
  return ['doc', ...rest]
}

const PLACES = new Set(['', ...HITS, ...DOCS])
