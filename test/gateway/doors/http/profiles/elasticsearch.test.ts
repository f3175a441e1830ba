import { Client, errors } from '@elastic/elasticsearch'
import t from 'tap'
import { HOW, startElasticsearch } from '../../../../support/elasticsearch.ts'
import { house, SECRET } from '../house.ts'
import { INDEX, loadSpans, THOUGHT } from './spans.ts'

t.comment('timeout=600000')
const elasticsearch = await startElasticsearch()
if (!elasticsearch) {
  t.comment(`NOT RUN the Elasticsearch profile on a real server: ${HOW}`)
  process.exit(0)
}
t.teardown(elasticsearch.stop)
await loadSpans(elasticsearch.url)

const open = async (t: Parameters<typeof house>[0], options: object = {}) => {
  const h = await house(t, {
    connection: {
      profile: 'elasticsearch',
      backend: elasticsearch.url,
      routes: [],
      elasticsearch: { structural: ['labels.team'], ...options },
    },
  })
  const client = new Client({ node: `http://${h.address()}`, auth: { bearer: h.ann }, maxRetries: 0 })
  t.teardown(() => client.close())
  return { ...h, client }
}
const LISTED = '[hidden: listing]'

t.test('the official client works unchanged: lists, one trace, one document', async (t) => {
  const h = await open(t)
  const list = await h.client.search({
    index: 'traces-*',
    query: {
      bool: {
        filter: [{ term: { 'labels.team': 'search' } }, { range: { '@timestamp': { gte: '2026-01-01' } } }],
      },
    },
    sort: [{ '@timestamp': 'desc' }],
    aggs: {
      per_trace: { terms: { field: 'trace.id' }, aggs: { p: { percentiles: { field: 'duration' } } } },
    },
    size: 10,
  })
  t.match(list.hits.total, { value: 4 })
  t.match(list.hits.hits[0], { _id: 'bb02', _source: { trace: { id: 'trace-bb' }, content: LISTED } })
  t.match(JSON.stringify(list.aggregations), /"key":"trace-aa","doc_count":2/)
  t.notMatch(JSON.stringify(list), new RegExp(`${SECRET}|${THOUGHT}`), 'a list shows no content')

  const one = await h.client.search({ index: INDEX, query: { term: { 'trace.id': 'trace-aa' } } })
  t.match(one.hits.hits[0]?._source, { content: new RegExp(`^${THOUGHT}`) }, 'a trace that is named is read')
  const document = await h.client.get({ index: INDEX, id: 'aa01' })
  t.match(document._source, { content: new RegExp(`^${THOUGHT}`), trace: { id: 'trace-aa' } })
  const bare = await h.client.getSource({ index: INDEX, id: 'aa01' })
  t.match(bare, { content: new RegExp(`^${THOUGHT}`) })
  t.notMatch(JSON.stringify([one, document, bare]), SECRET)

  const reads = h.told('trace-read').map(({ tracewarden }) => tracewarden)
  t.strictSame(
    reads.map(({ traces, collection }) => [traces?.count, traces?.ids, collection]),
    [
      [1, ['trace-aa'], INDEX],
      [1, ['aa01'], INDEX],
      [1, ['trace-aa'], INDEX],
    ],
  )
  t.match(h.told('trace-search')[0]?.tracewarden, { traces: { count: 0 }, collection: 'traces-*' })
  t.notMatch(h.told('trace-search')[0]?.tracewarden.statement?.shape, /2026|desc-|search"/)
})

t.test('several traces need approval, document by document or by trace', async (t) => {
  const h = await open(t)
  const status = (asked: Promise<unknown>) =>
    asked.then(
      () => 200,
      (error: unknown) => (error instanceof errors.ResponseError ? error.statusCode : error),
    )
  const both = ['trace-aa', 'trace-bb']
  t.equal(await status(h.client.mget({ index: INDEX, ids: ['aa01', 'bb01'] })), 403)
  t.equal(await status(h.client.search({ index: INDEX, query: { terms: { 'trace.id': both } } })), 403)
  const searches = both.flatMap((id) => [{ index: INDEX }, { query: { term: { 'trace.id': id } } }])
  t.equal(await status(h.client.msearch({ searches })), 403)
  const one = await h.client.msearch({ searches: [{ index: INDEX }, { query: { match_all: {} } }] })
  t.match(JSON.stringify(one), LISTED, 'many searches without a trace are a list')
})

t.test('pages, counts, catalogues and points in time are everyday work', async (t) => {
  const h = await open(t)
  t.equal((await h.client.count({ index: INDEX, query: { exists: { field: 'trace.id' } } })).count, 4)
  const scrolled: string[] = []
  for await (const page of h.client.helpers.scrollSearch({ index: INDEX, size: 2, sort: ['_doc'] }))
    scrolled.push(...page.body.hits.hits.map(({ _id }) => String(_id)))
  t.equal(scrolled.length, 4)
  const { id } = await h.client.openPointInTime({ index: INDEX, keep_alive: '1m' })
  const first = await h.client.search({
    pit: { id, keep_alive: '1m' },
    size: 2,
    sort: [{ '@timestamp': 'asc' }],
  })
  const next = await h.client.search({
    pit: { id: first.pit_id ?? id },
    size: 2,
    sort: [{ '@timestamp': 'asc' }],
    search_after: first.hits.hits.at(-1)?.sort ?? [],
  })
  t.equal(next.hits.hits.length, 2)
  t.ok((await h.client.closePointInTime({ id: next.pit_id ?? id })).succeeded)
  t.ok(await h.client.indices.exists({ index: INDEX }))
  t.match(await h.client.indices.getMapping({ index: INDEX }), { [INDEX]: { mappings: {} } })
  t.match(await h.client.fieldCaps({ index: INDEX, fields: 'trace.id' }), { fields: { 'trace.id': {} } })
  t.match(await h.client.cat.indices({ index: INDEX, format: 'json' }), [{ index: INDEX }])
  t.match(await h.client.cluster.health(), { timed_out: false })
  const written = await h.client.index({
    index: 'scratch',
    document: { trace: { id: 'x' }, content: SECRET },
  })
  t.equal(written.result, 'created')
  const bulk = await h.client.helpers.bulk({
    datasource: [{ content: 'a' }, { content: 'b' }],
    onDocument: () => ({ create: { _index: 'scratch' } }),
  })
  t.match(bulk, { successful: 2, failed: 0 })
})

t.test('what the store would tell of hidden fields is refused, each by its own way', async (t) => {
  const h = await open(t)
  const search = (body: object, path = `/${INDEX}/_search`) =>
    h.get(path, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    })
  const guess = SECRET.slice(0, 8)
  const bodies: Record<string, object> = {
    docvalue_fields: { _source: false, docvalue_fields: ['api_key'] },
    fields: { _source: false, fields: ['alias_of_key'] },
    'fields by wildcard': { _source: false, fields: ['*'] },
    'stored fields': { stored_fields: ['*'] },
    sort: { sort: ['api_key'] },
    'sort by a multi-field': { sort: [{ 'content.keyword': 'asc' }] },
    'sort by script': { sort: { _script: { type: 'number', script: '1' } } },
    highlight: { highlight: { fields: { content: {} } } },
    'terms aggregation': { aggs: { a: { terms: { field: 'api_key' } } } },
    'aggregation below another': {
      aggs: { a: { terms: { field: 'trace.id' }, aggs: { b: { terms: { field: 'content' } } } } },
    },
    composite: { aggs: { a: { composite: { sources: [{ b: { terms: { field: 'api_key' } } }] } } } },
    'top hits': { aggs: { a: { top_hits: {} } } },
    'top metrics': { aggs: { a: { top_metrics: { metrics: { field: 'api_key' }, sort: { _doc: 'asc' } } } } },
    'significant text': { aggs: { a: { significant_text: { field: 'content' } } } },
    'string stats': { aggs: { a: { string_stats: { field: 'api_key' } } } },
    'scripted metric': { aggs: { a: { scripted_metric: { map_script: '1' } } } },
    'an aggregation with a script': { aggs: { a: { terms: { field: 'trace.id', script: 'doc.api_key' } } } },
    'a filter aggregation': { aggs: { a: { filter: { prefix: { api_key: guess } } } } },
    suggest: { suggest: { s: { prefix: 'k', completion: { field: 'suggest' } } } },
    'term suggester': { suggest: { s: { text: 'ke', term: { field: 'content' } } } },
    collapse: { collapse: { field: 'api_key' } },
    'inner hits': { collapse: { field: 'trace.id', inner_hits: { name: 'a' } } },
    profile: { profile: true },
    explain: { explain: true },
    'runtime field': {
      runtime_mappings: { 'trace.id': { type: 'keyword', script: 'emit(doc.api_key.value)' } },
    },
    'script field': { script_fields: { a: { script: 'doc.api_key' } } },
    prefix: { query: { prefix: { api_key: guess } } },
    'a multi-field': { query: { wildcard: { 'content.keyword': '*' } } },
    'an alias field': { query: { term: { alias_of_key: SECRET } } },
    'query string': { query: { query_string: { query: `api_key:${guess}*` } } },
    'simple query string': { query: { simple_query_string: { query: guess } } },
    'match in must_not': { query: { bool: { must_not: [{ match: { content: guess } }] } } },
    nested: { query: { nested: { path: 'messages', query: { match: { 'messages.text': guess } } } } },
    'terms lookup': { query: { terms: { 'trace.id': { index: INDEX, id: 'aa01', path: 'api_key' } } } },
    'script query': { query: { script: { script: 'true' } } },
    'function score': { query: { function_score: { script_score: { script: '1' } } } },
    'more like this': { query: { more_like_this: { like: guess } } },
    'a named query': { query: { term: { 'trace.id': { value: 'x', _name: 'a' } } } },
    'post filter': { post_filter: { regexp: { api_key: `${guess}.*` } } },
    rescore: { rescore: { query: { rescore_query: { match: { content: guess } } } } },
    wrapper: { query: { wrapper: { query: 'e30=' } } },
    intervals: { query: { intervals: { content: { match: { query: guess } } } } },
    'kind of nothing': { query: { anything: {} } },
    knn: { knn: { field: 'v', query_vector: [1], k: 1, num_candidates: 1 } },
    retriever: { retriever: { standard: { query: { match: { content: guess } } } } },
  }
  for (const [name, body] of Object.entries(bodies)) {
    const { status, text } = await search(body)
    t.equal(status, 403, name)
    t.notMatch(text, SECRET, name)
  }
  const bypass = h.told('trace-search').map(({ tracewarden }) => tracewarden.bypass ?? [])
  t.ok(
    bypass.every((names) => names.some((name) => name.endsWith('-oracle'))),
    'each is told as an oracle',
  )
  for (const path of [
    '_terms_enum',
    '_async_search',
    '_search/template',
    '_eql/search',
    '_rank_eval',
    '_explain/aa01',
    '_termvectors/aa01',
    '_validate/query',
  ])
    t.equal((await search({ query: { match_all: {} } }, `/${INDEX}/${path}`)).status, 403, path)
  for (const path of ['/_sql', '/_query', '/_msearch/template'])
    t.equal((await search({ query: 'x' }, path)).status, 403, path)
  for (const query of [
    'q=api_key:A*',
    'filter_path=hits.hits._source',
    'format=cbor',
    'source=%7B%7D&source_content_type=application/json',
    'docvalue_fields=api_key',
    'sort=api_key:asc',
    'stored_fields=api_key',
    'explain=true',
    'expand_wildcards=all',
    'size=1&size=2',
  ])
    t.ok((await h.get(`/${INDEX}/_search?${query}`)).status >= 400, query)
  const cbor = await h.get(`/${INDEX}/_search`, { headers: { accept: 'application/cbor' } })
  t.match(
    cbor,
    { status: 200, headers: { 'content-type': /^application\/json/ } },
    'it is JSON whatever is asked for',
  )
})

t.test('what changes the store is refused as tampering', async (t) => {
  const h = await open(t)
  const json = { headers: { 'content-type': 'application/json' }, body: '{}' }
  for (const [method, path] of [
    ['DELETE', `/${INDEX}`],
    ['DELETE', `/${INDEX}/_doc/aa01`],
    ['PUT', `/${INDEX}/_mapping`],
    ['PUT', '/_cluster/settings'],
    ['POST', '/_reindex'],
    ['POST', '/_aliases'],
    ['POST', `/${INDEX}/_update/aa01`],
    ['POST', `/${INDEX}/_delete_by_query`],
    ['PUT', '/_security/user/me'],
    ['PUT', '/_snapshot/mine'],
    ['PUT', '/_ingest/pipeline/copy'],
    ['PUT', '/_scripts/x'],
    ['PUT', '/_index_template/x'],
  ] as const)
    t.equal((await h.get(path, { method, ...json })).status, 403, `${method} ${path}`)
  const bulk = await h.get('/_bulk', {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body: `${JSON.stringify({ update: { _index: INDEX, _id: 'aa01' } })}\n{"script":"ctx._source.labels.team = ctx._source.api_key"}\n`,
  })
  t.equal(bulk.status, 403)
  t.equal(h.told('policy-tamper').length, 14)
})

t.test('only the indices of the connection can be named', async (t) => {
  const h = await open(t, { indices: ['traces-*'] })
  const status = async (path: string) => (await h.get(path)).status
  t.equal(await status('/traces-2026/_search'), 200)
  t.equal(await status('/traces-*/_count'), 200)
  for (const path of [
    '/_search',
    '/_all/_search',
    '/*/_search',
    '/.hidden-2026/_search',
    '/traces-*,-traces-2026/_search',
    '/other/_doc/1',
    '/remote:traces-1/_search',
    '/traces-*/_doc/1',
    '/tr*/_search',
    '/%3Ctraces-%7Bnow%7D%3E/_search',
  ])
    t.equal(await status(path), 403, path)
  const wide = await open(t)
  t.equal((await wide.get('/.hidden-2026/_search')).status, 403)
})
