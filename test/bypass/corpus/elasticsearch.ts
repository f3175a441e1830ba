import type { Ask, Attack } from '../attack.ts'
import { ORACLE } from '../house.ts'

/** A real Elasticsearch: every way that tells of `api_key` or `content`. */
const TRUE = ORACLE.aws.slice(0, 10)
const FALSE = `${TRUE.slice(0, 9)}${TRUE[9] === 'Q' ? 'Z' : 'Q'}`
const entry = (rows: readonly number[], name: string, steps: NonNullable<Attack['steps']>): Attack => ({
  rows,
  name: `elasticsearch: ${name}`,
  needs: 'elasticsearch',
  steps,
})
const ask = (path: string, body?: object | string, more: Partial<Ask> = {}): Ask => ({
  door: 'elasticsearch',
  path,
  ...(body === undefined ? {} : { body }),
  ...more,
})
const search = (body: object) => ask('/spans-1/_search', body)
const oracle = (name: string, of: (guess: string) => Ask): Attack =>
  entry([23], name, [{ oracle: [of(TRUE), of(FALSE)] }])
const shown = (name: string, body: object): Attack =>
  entry([23, 24], name, [{ ask: search(body), expect: 'refused' }])
const refused = (rows: readonly number[], name: string, given: Ask): Attack =>
  entry(rows, name, [{ ask: given, expect: 'refused' }])

const queries: Readonly<Record<string, (guess: string) => object>> = {
  prefix: (g) => ({ prefix: { api_key: g } }),
  wildcard: (g) => ({ wildcard: { api_key: `${g}*` } }),
  regexp: (g) => ({ regexp: { api_key: `${g}.*` } }),
  range: (g) => ({ range: { api_key: { gte: g } } }),
  fuzzy: (g) => ({ fuzzy: { api_key: { value: g } } }),
  'an alias': (g) => ({ prefix: { key_alias: g } }),
  'a sub-field': (g) => ({ wildcard: { 'content.keyword': `*${g}*` } }),
  'match phrase prefix': (g) => ({ match_phrase_prefix: { content: `key ${g}` } }),
  'a query string': (g) => ({ query_string: { query: `api_key:${g}*` } }),
  'a simple query string': (g) => ({ simple_query_string: { query: `${g}*`, fields: ['*'] } }),
  'many fields': (g) => ({ multi_match: { query: g, type: 'phrase_prefix', fields: ['content'] } }),
  'must not': (g) => ({ bool: { must_not: [{ prefix: { api_key: g } }] } }),
  'deep inside': (g) => ({ bool: { should: [{ constant_score: { filter: { prefix: { api_key: g } } } }] } }),
  'a script': (g) => ({ script: { script: `doc.api_key.value.startsWith('${g}')` } }),
}

export const elasticsearch: readonly Attack[] = [
  ...Object.entries(queries).flatMap(([name, query]) => [
    oracle(`search by ${name}`, (g) => search({ size: 0, query: query(g) })),
    oracle(`count by ${name}`, (g) => ask('/spans-1/_count', { query: query(g) })),
  ]),
  oracle('a filter aggregation', (g) =>
    search({ size: 0, aggs: { a: { filter: { prefix: { api_key: g } } } } }),
  ),
  oracle('a post filter', (g) => search({ post_filter: { prefix: { api_key: g } } })),
  oracle('the URL’s query', (g) => ask(`/spans-1/_search?q=api_key:${g}*`)),
  oracle('terms enum', (g) => ask('/spans-1/_terms_enum', { field: 'api_key', string: g })),
  oracle('validate', (g) =>
    ask('/spans-1/_validate/query?explain=true&rewrite=true', { query: { prefix: { api_key: g } } }),
  ),
  oracle('a search among others', (g) =>
    ask(
      '/_msearch',
      `{"index":"spans-1"}\n{"query":{"match_all":{}}}\n{"index":"spans-1"}\n{"query":{"prefix":{"api_key":"${g}"}}}\n`,
      {
        headers: { 'content-type': 'application/x-ndjson' },
      },
    ),
  ),
  shown('docvalue fields', { _source: false, docvalue_fields: ['api_key'] }),
  shown('fields', { _source: false, fields: ['key_alias'] }),
  shown('all fields', { _source: false, fields: ['*'] }),
  shown('a sort', { sort: ['api_key'] }),
  shown('highlight', { query: { match_all: {} }, highlight: { fields: { content: {} } } }),
  shown('terms', { aggs: { a: { terms: { field: 'api_key' } } } }),
  shown('top hits', { aggs: { a: { top_hits: {} } } }),
  shown('composite', { aggs: { a: { composite: { sources: [{ b: { terms: { field: 'api_key' } } }] } } } }),
  shown('a completion', { suggest: { s: { prefix: 'AKIA', completion: { field: 'suggest' } } } }),
  shown('collapse', { collapse: { field: 'api_key' } }),
  shown('inner hits', { collapse: { field: 'trace.id', inner_hits: { name: 'a' } } }),
  shown('a runtime field that takes a clear one’s name', {
    runtime_mappings: { 'trace.id': { type: 'keyword' } },
  }),
  shown('a script field', { script_fields: { a: { script: 'doc.api_key' } } }),
  shown('explain', { explain: true }),
  shown('profile', { profile: true }),
  entry([24], 'a list', [{ ask: search({ query: { match_all: {} }, size: 100 }) }]),
  entry([24], 'a list by the URL', [
    { ask: ask('/spans-1/_search?size=100&_source_includes=api_key,content') },
  ]),
  entry([24], 'one document', [{ ask: ask('/spans-1/_doc/a1') }, { ask: ask('/spans-1/_source/a1') }]),
  entry([20], 'CBOR', [
    { ask: ask('/spans-1/_search', undefined, { headers: { accept: 'application/cbor' } }) },
  ]),
  entry([20], 'SMILE', [
    { ask: ask('/spans-1/_doc/a1', undefined, { headers: { accept: 'application/smile' } }) },
  ]),
  refused([20], 'YAML by a parameter', ask('/spans-1/_search?format=yaml')),
  refused([20, 24], 'a filtered path', ask('/spans-1/_search?filter_path=hits.hits._source.api_key')),
  refused(
    [20],
    'a body in the URL',
    ask('/spans-1/_search?source={"sort":["api_key"]}&source_content_type=application/json'),
  ),
  refused([27], 'many documents', ask('/spans-1/_mget', { ids: ['a1', 'a2', 'b1'] })),
  refused([27], 'many traces', search({ query: { terms: { 'trace.id': ['trace-a', 'trace-b'] } } })),
  refused([25], 'SQL', ask('/_sql?format=csv', { query: 'SELECT api_key FROM "spans-1"' })),
  refused([25], 'ES|QL', ask('/_query', { query: 'FROM spans-1 | KEEP api_key' })),
  refused([25], 'an asynchronous search', ask('/spans-1/_async_search', { query: { match_all: {} } })),
  refused([25], 'a search template', ask('/spans-1/_search/template', { source: '{}' })),
  refused([25], 'a copy', ask('/_reindex', { source: { index: 'spans-1' }, dest: { index: 'spans-mine' } })),
  refused([25], 'an alias', ask('/_aliases', { actions: [{ add: { index: 'spans-1', alias: 'spans-x' } }] })),
  refused([25], 'a pipeline', ask('/_ingest/pipeline/copy', { processors: [] }, { method: 'PUT' })),
  refused(
    [10, 25],
    'an update that copies',
    ask('/spans-1/_update/a1', { script: 'ctx._source.duration = ctx._source.api_key' }),
  ),
  refused(
    [10, 25],
    'an update among others',
    ask('/_bulk', '{"update":{"_index":"spans-1","_id":"a1"}}\n{"script":"x"}\n', {
      headers: { 'content-type': 'application/x-ndjson' },
    }),
  ),
  refused(
    [18],
    'a key twice',
    ask('/spans-1/_search', '{"query":{"match_all":{}},"query":{"prefix":{"api_key":"A"}}}', {
      headers: { 'content-type': 'application/json' },
    }),
  ),
  refused([26], 'another index by exclusion', ask('/spans-*,-spans-2/_search')),
  refused([26], 'all indices', ask('/_all/_search')),
  refused([26], 'date math', ask('/%3Cspans-%7Bnow%2Fd%7D%3E/_search')),
]
