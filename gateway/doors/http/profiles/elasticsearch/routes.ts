import type { ElasticsearchOptions } from '../../../../config.ts'
import type { Action } from '../../../../policy/facts.ts'
import type { Route, RouteResponse } from '../../profile.ts'
import { type Facts, factsFor } from './facts.ts'
import { shapesOf } from './shapes.ts'

/** `VERBS path`; tried in order, so that names of the store's own come before `:index`. */
interface Group {
  name: string
  action: Action
  response: RouteResponse
  facts: Facts
  paths: readonly string[]
}

const ALL = 'GET,POST,PUT,DELETE'

/** Ways to read or test documents that no allow-list of this profile covers, on the store's side or in other words. */
const OTHER_READS = [
  ...[
    '_async_search',
    '_search/template',
    '_msearch/template',
    '_render/template',
    '_rank_eval',
    '_terms_enum',
  ],
  ...[
    '_termvectors',
    '_mtermvectors',
    '_explain',
    '_validate/query',
    '_graph/explore',
    '_knn_search',
    '_search_mvt',
  ],
  ...['_analyze', '_eql/search', '_percolate', '_disk_usage', '_field_usage_stats'],
]
const OF_INDEX =
  `_update _update_by_query _delete_by_query _settings _mapping _alias _aliases _close _open _forcemerge
  _rollover _clone _shrink _split _block _cache/clear _flush`.split(/\s+/)
const OF_STORE =
  `_reindex _aliases _cluster _nodes _security _snapshot _ingest _scripts _tasks _transform _ml _watcher
  _license _ilm _slm _index_template _component_template _template _data_stream _ccr _enrich _migration _rollup
  _dangling _features _fleet _connector _query_rules _synonyms _autoscaling _logstash`.split(/\s+/)
const OTHER_DOORS = [
  '_sql',
  '_query',
  '_eql',
  '_async_search',
  '_search_application',
  '_application',
  '_monitoring',
  '_inference',
]

export function routesOf(options: ElasticsearchOptions): readonly Route[] {
  const shapes = shapesOf(options)
  const facts = factsFor(options, shapes)
  const groups: readonly Group[] = [
    {
      name: 'search',
      action: 'search',
      response: shapes.list,
      facts: facts.search,
      paths: ['GET,POST /_search', 'GET,POST /:index/_search'],
    },
    {
      name: 'msearch',
      action: 'search',
      response: shapes.list,
      facts: facts.multiSearch,
      paths: ['GET,POST /_msearch', 'GET,POST /:index/_msearch'],
    },
    {
      name: 'scroll',
      action: 'search',
      response: shapes.list,
      facts: facts.scroll,
      paths: ['GET,POST /_search/scroll'],
    },
    {
      name: 'count',
      action: 'search',
      response: shapes.list,
      facts: facts.counting,
      paths: ['GET,POST /_count', 'GET,POST /:index/_count'],
    },
    {
      name: 'mget',
      action: 'read',
      response: shapes.byDocument,
      facts: facts.multiGet,
      paths: ['GET,POST /_mget', 'GET,POST /:index/_mget'],
    },
    {
      name: 'get',
      action: 'read',
      response: shapes.byDocument,
      facts: facts.document,
      paths: ['GET /:index/_doc/:id'],
    },
    {
      name: 'get-source',
      action: 'read',
      response: shapes.bare,
      facts: facts.document,
      paths: ['GET /:index/_source/:id'],
    },
    {
      name: 'point-in-time',
      action: 'search',
      response: shapes.plain,
      facts: facts.pointInTime,
      paths: ['POST /:index/_pit', 'DELETE /_pit'],
    },
    {
      name: 'clear-scroll',
      action: 'search',
      response: shapes.plain,
      facts: facts.scroll,
      paths: ['DELETE /_search/scroll'],
    },
    {
      name: 'catalogue',
      action: 'search',
      response: shapes.plain,
      facts: facts.catalogue,
      paths: [
        'GET /',
        'GET /_cluster/health',
        'GET /_cat/indices',
        'GET /_cat/indices/:index',
        'GET /_cat/count/:index',
        'GET,POST /_field_caps',
        'GET,POST /:index/_field_caps',
        'GET /:index/_mapping',
        'GET /:index/_mapping/field/:field',
        'HEAD /:index',
      ],
    },
    {
      name: 'write',
      action: 'write',
      response: shapes.written,
      facts: facts.write,
      paths: ['POST /:index/_doc', 'PUT,POST /:index/_doc/:id', 'PUT,POST /:index/_create/:id'],
    },
    {
      name: 'bulk',
      action: 'write',
      response: shapes.written,
      facts: facts.bulk,
      paths: ['POST,PUT /_bulk', 'POST,PUT /:index/_bulk'],
    },
    {
      name: 'other-read',
      action: 'export',
      response: shapes.closed,
      facts: facts.naming,
      paths: [
        ...OTHER_READS.flatMap((path) => [
          `GET,POST /${path}`,
          `GET,POST /:index/${path}`,
          `GET,POST /:index/${path}/:id`,
        ]),
        ...OTHER_DOORS.flatMap((path) => [`${ALL} /${path}`, `${ALL} /${path}/*`]),
        'GET,POST /_scripts/painless/_execute',
        'GET,POST /:index/_eql/search',
      ],
    },
    {
      // Settings, users, templates, copies, updates, deletion.
      name: 'admin',
      action: 'admin',
      response: shapes.closed,
      facts: facts.naming,
      paths: [
        'PUT,PATCH,DELETE /*',
        ...OF_INDEX.flatMap((path) => [`POST /${path}`, `POST /:index/${path}`, `POST /:index/${path}/:id`]),
        ...OF_STORE.flatMap((path) => [`POST /${path}`, `POST /${path}/*`]),
      ],
    },
  ]
  return groups.flatMap(({ name, action, response, facts, paths }) =>
    paths.map((line): Route => {
      const [verbs = '', path = ''] = line.split(' ')
      return { name: `elasticsearch.${name}`, methods: verbs.split(','), path, action, facts, response }
    }),
  )
}
