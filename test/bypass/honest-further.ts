import type { Ask, Further, Honest } from './attack.ts'

/** What users of Langfuse, Jaeger, Tempo, MCP servers and Elasticsearch do all day. */
const enc = encodeURIComponent
const each = (door: Further, asks: Readonly<Record<string, string | Partial<Ask>>>): Honest[] =>
  Object.entries(asks).map(([name, given]) => ({
    name: `${door}: ${name}`,
    ...(door === 'elasticsearch' ? { needs: door } : {}),
    steps: [{ door, path: '/', ...(typeof given === 'string' ? { path: given } : given) }],
  }))

const filter = (...conditions: object[]) => `filter=${enc(JSON.stringify(conditions))}`
const metrics = (query: object) => `/api/public/v2/metrics?query=${enc(JSON.stringify(query))}`
const langfuse = each('langfuse', {
  fetch_traces: '/api/public/traces?page=1&limit=50',
  'traces of a week':
    '/api/public/traces?fromTimestamp=2026-11-13T00:00:00Z&toTimestamp=2026-11-20T00:00:00Z&orderBy=timestamp.desc',
  'traces of an environment': '/api/public/traces?environment=production&environment=staging',
  'traces of a session': '/api/public/traces?sessionId=s-1',
  'the dear ones': `/api/public/traces?${filter({ type: 'number', column: 'totalCost', operator: '>', value: 1 })}`,
  'those with errors': `/api/public/traces?${filter({ type: 'number', column: 'errorCount', operator: '>', value: 0 })}`,
  fetch_trace: '/api/public/traces/lf-1',
  'fields of the core': '/api/public/traces?fields=core,metrics&limit=10',
  'observations of a trace': '/api/public/v2/observations?traceId=lf-1&fields=core,basic,io',
  generations: '/api/public/observations?type=GENERATION&limit=20',
  'slow ones': `/api/public/v2/observations?${filter({ type: 'number', column: 'latency', operator: '>', value: 5 })}`,
  sessions: '/api/public/sessions?limit=10',
  'one session': '/api/public/sessions/s-1',
  scores: '/api/public/v2/scores?dataType=NUMERIC&value=0.5&operator=%3C',
  'scores of a trace': '/api/public/v3/scores?traceId=lf-1',
  'cost a day': metrics({
    view: 'observations',
    metrics: [{ measure: 'totalCost', aggregation: 'sum' }],
    dimensions: [{ field: 'providedModelName' }],
    timeDimension: { granularity: 'day' },
    fromTimestamp: 'a',
    toTimestamp: 'b',
  }),
  auth_check: '/api/public/projects',
  ingestion: { path: '/api/public/ingestion', body: { batch: [] } },
  'a score written': { path: '/api/public/scores', body: { traceId: 'lf-1', name: 'ok', value: 1 } },
})

const jaeger = each('jaeger', {
  services: '/api/services',
  operations: '/api/services/agent/operations',
  'operations by kind': '/api/operations?service=agent&spanKind=server',
  'find traces': '/api/traces?service=agent&limit=20&lookback=1h&start=1795400000000000&end=1795500000000000',
  'of one operation': '/api/traces?service=agent&operation=chat&limit=20',
  'slow ones': '/api/traces?service=agent&minDuration=1s&maxDuration=10s',
  'those with errors': `/api/traces?service=agent&tags=${enc('{"error":"true"}')}`,
  'by HTTP status': '/api/traces?service=agent&tag=http.status_code:500',
  'one trace': '/api/traces/7bc2cc7cbd1d53bbf70fa9462963bd70',
  'one trace, printed': '/api/traces/7bc2cc7cbd1d53bbf70fa9462963bd70?prettyPrint=true',
  'one trace by the search': '/api/traces?traceID=7bc2cc7cbd1d53bbf70fa9462963bd70',
  dependencies: '/api/dependencies?endTs=1795400000000&lookback=86400000',
  'the newer API’s services': '/api/v3/services',
  'the newer API’s search':
    '/api/v3/traces?query.service_name=agent&query.start_time_min=2026-11-01T00:00:00Z&query.start_time_max=2026-11-30T00:00:00Z',
  'the newer API’s trace': '/api/v3/traces/7bc2cc7cbd1d53bbf70fa9462963bd70',
  'the page': { path: '/search', headers: { accept: 'text/html' } },
})

const q = (source: string) => `/api/search?q=${enc(source)}&limit=20`
const tempo = each('tempo', {
  echo: '/api/echo',
  ready: '/ready',
  everything: q('{}'),
  'one service': q('{ resource.service.name = "agent" }'),
  errors: q('{ status = error }'),
  'slow ones': q('{ duration > 2s && kind = server }'),
  'HTTP failures': q('{ span.http.status_code >= 500 } | count() > 1'),
  'a name': q('{ name = "chat gpt" && rootServiceName = "agent" }'),
  'one after the other': q(
    '{ resource.service.name = "a" } >> { resource.service.name = "b" && status = error }',
  ),
  'with columns': q('{ status = error } | select(resource.service.name, span.http.status_code)'),
  'by service': q('{} | by(resource.service.name) | count() > 2'),
  'tags of old': `/api/search?tags=${enc('service.name=agent')}&minDuration=100ms&limit=20`,
  'one trace': '/api/traces/7bc2cc7cbd1d53bbf70fa9462963bd70',
  'one trace of the second version': '/api/v2/traces/7bc2cc7cbd1d53bbf70fa9462963bd70?start=1&end=2',
  'names of tags': '/api/v2/search/tags?scope=span',
  'values of a service': '/api/v2/search/tag/resource.service.name/values',
  'a rate': `/api/metrics/query_range?q=${enc('{} | rate() by (resource.service.name)')}&start=1&end=2&step=60s`,
})

const post = (message: object): Partial<Ask> => ({
  path: '/mcp',
  body: { jsonrpc: '2.0', id: 1, ...message },
  headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
})
const tool = (name: string, args: object) => post({ method: 'tools/call', params: { name, arguments: args } })
const mcp = each('mcp', {
  initialize: post({
    method: 'initialize',
    params: {
      protocolVersion: '2025-06-18',
      capabilities: { sampling: {} },
      clientInfo: { name: 'c', version: '1' },
    },
  }),
  initialized: { ...post({}), body: { jsonrpc: '2.0', method: 'notifications/initialized' } },
  'a cancellation': {
    ...post({}),
    body: { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } },
  },
  tools: post({ method: 'tools/list' }),
  'tools, next page': post({ method: 'tools/list', params: { cursor: 'a' } }),
  resources: post({ method: 'resources/list' }),
  templates: post({ method: 'resources/templates/list' }),
  prompts: post({ method: 'prompts/list' }),
  ping: post({ method: 'ping' }),
  'a level of the log': post({ method: 'logging/setLevel', params: { level: 'warning' } }),
  'a list': tool('list_traces', {}),
  'a page': tool('list_traces', { limit: 5 }),
  'a list by state': tool('list_traces', { status: 'ok' }),
  'a trace': tool('get_trace', { id: 'a' }),
  'a trace with progress': post({
    method: 'tools/call',
    params: { name: 'get_trace', arguments: { id: 'a', quiet: true }, _meta: { progressToken: 1 } },
  }),
  'a resource': post({ method: 'resources/read', params: { uri: 'trace://a' } }),
})

const search = (body: object) => ({ path: '/spans-1/_search', body })
const ndjson = { 'content-type': 'application/x-ndjson' }
const elasticsearch = each('elasticsearch', {
  everything: search({ query: { match_all: {} } }),
  'the newest': search({
    size: 20,
    sort: [{ '@timestamp': { order: 'desc' } }],
    _source: ['trace.id', 'duration'],
  }),
  'a span of time': search({
    query: { bool: { filter: [{ range: { '@timestamp': { gte: 'now-10y', lte: 'now+10y' } } }] } },
  }),
  'slow ones': search({ query: { range: { duration: { gt: 5 } } }, track_total_hits: true }),
  'those with a trace': search({ query: { exists: { field: 'trace.id' } }, size: 0 }),
  'one trace': search({ query: { term: { 'trace.id': 'trace-b' } } }),
  'one trace in a filter': search({
    query: { bool: { filter: [{ terms: { 'trace.id': ['trace-b'] } }] } },
    sort: ['@timestamp'],
  }),
  'traces a day': search({
    size: 0,
    aggs: {
      d: {
        date_histogram: { field: '@timestamp', calendar_interval: 'day' },
        aggs: { n: { cardinality: { field: 'trace.id' } } },
      },
    },
  }),
  percentiles: search({ size: 0, aggs: { p: { percentiles: { field: 'duration', percents: [50, 95] } } } }),
  'the busiest traces': search({
    size: 0,
    aggs: { t: { terms: { field: 'trace.id', size: 5, order: { _count: 'desc' } } } },
  }),
  'a page by composite': search({
    size: 0,
    aggs: { c: { composite: { size: 2, sources: [{ t: { terms: { field: 'trace.id' } } }] } } },
  }),
  'a dashboard’s star': search({
    query: { bool: { filter: [{ query_string: { query: '*', analyze_wildcard: true } }] } },
    size: 0,
  }),
  'values of the index': search({
    _source: false,
    docvalue_fields: [{ field: '@timestamp', format: 'epoch_millis' }, 'trace.id'],
  }),
  'one a trace': search({ collapse: { field: 'trace.id' } }),
  'the next page': search({ size: 1, sort: ['@timestamp', 'trace.id'], search_after: [0, 'a'] }),
  'by the URL': '/spans-1/_search?size=5&sort=@timestamp:desc&_source_includes=trace.id',
  'a count': { path: '/spans-1/_count', body: { query: { match_all: {} } } },
  'a document': '/spans-1/_doc/b1',
  'a source': '/spans-1/_source/b1?_source_includes=duration',
  'a document among many': { path: '/_mget', body: { docs: [{ _index: 'spans-1', _id: 'b1' }] } },
  'many searches': {
    path: '/_msearch',
    headers: ndjson,
    body: '{"index":"spans-1"}\n{"size":0}\n{"index":"spans-1"}\n{"query":{"match_all":{}}}\n',
  },
  'the mapping': '/spans-1/_mapping',
  'names of fields': '/spans-1/_field_caps?fields=*',
  indices: '/_cat/indices/spans-1?format=json',
  'a document written': { path: '/spans-new/_doc', body: { duration: 1 } },
  'many written': {
    path: '/_bulk',
    headers: ndjson,
    body: '{"create":{"_index":"spans-new"}}\n{"duration":2}\n',
  },
})

export const furtherHonest: readonly Honest[] = [...langfuse, ...jaeger, ...tempo, ...mcp, ...elasticsearch]
