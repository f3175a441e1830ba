import type { Ask, Attack, Further } from '../attack.ts'
import { ORACLE } from '../house.ts'

/** Langfuse, Jaeger, Tempo and MCP: oracles, other forms, unread parameters, other ways out. */
const TRUE = ORACLE.aws.slice(0, 10)
const FALSE = `${TRUE.slice(0, 9)}${TRUE[9] === 'Q' ? 'Z' : 'Q'}`
const enc = encodeURIComponent
type Door = Exclude<Further, 'elasticsearch'>

/** Where one trace and a list of them are. */
const PLACES: Readonly<Record<Exclude<Door, 'mcp'>, { one: string; list: string }>> = {
  langfuse: { one: '/api/public/traces/lf-1', list: '/api/public/traces?limit=5' },
  jaeger: { one: '/api/traces/7bc2cc7cbd1d53bbf70fa9462963bd70', list: '/api/traces?service=agent' },
  tempo: { one: '/api/traces/7bc2cc7cbd1d53bbf70fa9462963bd70', list: '/api/search?limit=5' },
}

const oracle = (door: Door, name: string, ask: (guess: string) => Omit<Ask, 'door'>): Attack => ({
  rows: [23, 31],
  name: `${door} oracle: ${name}`,
  steps: [
    {
      oracle: [
        { door, ...ask(TRUE) },
        { door, ...ask(FALSE) },
      ],
    },
  ],
})
const tried = (door: Door, rows: readonly number[], name: string, ask: Omit<Ask, 'door'>): Attack => ({
  rows,
  name: `${door}: ${name}`,
  steps: [{ ask: { door, ...ask } }],
})
const refused = (door: Door, rows: readonly number[], name: string, ask: Omit<Ask, 'door'>): Attack => ({
  rows,
  name: `${door}: ${name}`,
  steps: [{ ask: { door, ...ask }, expect: 'refused' }],
})

/** What is tried on every store that answers by URL. */
const common = (door: Exclude<Door, 'mcp'>): readonly Attack[] => {
  const { one, list } = PLACES[door]
  const more = (text: string) => `${list}&${text}`
  return [
    tried(door, [24], 'a list', { path: list }),
    tried(door, [24], 'one trace, whole', { path: one }),
    tried(door, [20], 'one trace as protobuf', { path: one, headers: { accept: 'application/protobuf' } }),
    tried(door, [20], 'a list as CBOR', { path: list, headers: { accept: 'application/cbor' } }),
    tried(door, [20], 'a list in gzip', { path: list, headers: { 'accept-encoding': 'gzip, br, zstd' } }),
    tried(door, [21], 'a range', { path: one, headers: { range: 'bytes=10-200' } }),
    tried(door, [21], 'HEAD', { path: one, method: 'HEAD' }),
    tried(door, [26], 'somebody else’s name', { path: list, headers: { 'x-forwarded-user': 'admin' } }),
    tried(door, [26], 'another URL in a header', { path: list, headers: { 'x-original-url': one } }),
    refused(door, [26], 'another method in a header', {
      path: list,
      headers: { 'x-http-method-override': 'DELETE' },
    }),
    refused(door, [26], 'a path that climbs', { path: `/static/..${one}` }),
    refused(door, [26], 'a path encoded twice', { path: one.replace('traces', '%2574races') }),
    refused(door, [26], 'a path parameter', { path: `${one};format=csv` }),
    refused(door, [20, 23], 'a parameter nobody declared', { path: more('format=csv') }),
    refused(door, [23], 'a filter nobody declared', { path: more(`contains=${TRUE}`) }),
    refused(door, [18, 23], 'a parameter twice', { path: more('limit=1&limit=2') }),
    refused(door, [26], 'a body beside GET', { method: 'GET', path: list, body: { filter: TRUE } }),
    refused(door, [25], 'a route nobody knows', { path: `${one}/share`, method: 'POST', body: {} }),
    refused(door, [25], 'deletion', { path: one, method: 'DELETE' }),
  ]
}

const filter = (conditions: unknown) => `filter=${enc(JSON.stringify(conditions))}`
const condition = (column: string, operator: string, value: string, more = {}) => ({
  type: 'string',
  column,
  operator,
  value,
  ...more,
})
const langfuse: readonly Attack[] = [
  ...common('langfuse'),
  ...(['input', 'output', 'name', 'userId', 'statusMessage', 'Input'] as const).flatMap((column) =>
    ['contains', 'starts with'].map((operator) =>
      oracle('langfuse', `${column} ${operator}`, (g) => ({
        path: `/api/public/traces?${filter([condition(column, operator, g)])}`,
      })),
    ),
  ),
  oracle('langfuse', 'metadata by key', (g) => ({
    path: `/api/public/v2/observations?${filter([condition('metadata', 'contains', g, { type: 'stringObject', key: 'note' })])}`,
  })),
  oracle('langfuse', 'a condition behind a harmless one', (g) => ({
    path: `/api/public/observations?${filter([condition('type', '=', 'SPAN'), condition('input', 'contains', g)])}`,
  })),
  oracle('langfuse', 'a key twice in a condition', (g) => ({
    path: `/api/public/traces?filter=${enc(`[{"column":"id","column":"input","operator":"contains","value":"${g}"}]`)}`,
  })),
  oracle('langfuse', 'tags', (g) => ({ path: `/api/public/traces?tags=${g}` })),
  oracle('langfuse', 'a category of a score', (g) => ({ path: `/api/public/v3/scores?value=${g}` })),
  oracle('langfuse', 'metrics by a filter', (g) => ({
    path: `/api/public/v2/metrics?query=${enc(JSON.stringify({ view: 'traces', metrics: [{ measure: 'count', aggregation: 'count' }], filters: [condition('input', 'contains', g)] }))}`,
  })),
  refused('langfuse', [23], 'metrics by content', {
    path: `/api/public/metrics?query=${enc(JSON.stringify({ view: 'observations', dimensions: [{ field: 'output' }] }))}`,
  }),
  refused('langfuse', [23], 'an order by content', { path: '/api/public/traces?orderBy=name.asc' }),
  refused('langfuse', [25], 'a bucket of one’s own', {
    path: '/api/public/integrations/blob-storage',
    method: 'PUT',
    body: { bucketName: 'mine' },
  }),
  refused('langfuse', [25], 'a batch export', { path: '/api/trpc/batchExport.create', body: { json: {} } }),
  refused('langfuse', [25], 'a signed link', { path: '/api/public/media/m1' }),
  refused('langfuse', [25], 'a key of one’s own', { path: '/api/public/projects/p/apiKeys', body: {} }),
  tried('langfuse', [24], 'a session of many traces', { path: '/api/public/sessions/s-1' }),
  tried('langfuse', [24], 'scores with their comments', { path: '/api/public/v2/scores?limit=100' }),
  tried('langfuse', [24, 27], 'observations with all their fields', {
    path: '/api/public/v2/observations?fields=core,basic,io,metadata&expandMetadata=api_key',
  }),
]

const jaeger: readonly Attack[] = [
  ...common('jaeger'),
  oracle('jaeger', 'a tag', (g) => ({ path: `/api/traces?service=agent&tag=${enc(`gen_ai.prompt:${g}`)}` })),
  oracle('jaeger', 'tags', (g) => ({
    path: `/api/traces?service=agent&tags=${enc(JSON.stringify({ 'gen_ai.prompt': g }))}`,
  })),
  oracle('jaeger', 'a tag behind a harmless one', (g) => ({
    path: `/api/traces?service=agent&tags=${enc(JSON.stringify({ error: 'true', note: g }))}`,
  })),
  oracle('jaeger', 'an escaped tag', (g) => ({
    path: `/api/traces?service=agent&tags=${enc(`{"\\u006eote":"${g}"}`)}`,
  })),
  oracle('jaeger', 'a tag of traces that are named', (g) => ({
    path: `/api/traces?traceID=ab&tag=${enc(`note:${g}`)}`,
  })),
  oracle('jaeger', 'attributes of the newer API', (g) => ({
    path: `/api/v3/traces?query.service_name=agent&query.attributes=${enc(JSON.stringify({ note: g }))}`,
  })),
  refused('jaeger', [18], 'a tag twice', {
    path: `/api/traces?service=agent&tags=${enc('{"error":"true","error":{"a":1}}')}`,
  }),
  refused('jaeger', [18], 'one parameter in two spellings', {
    path: '/api/v3/traces?query.service_name=a&query.serviceName=b',
  }),
  refused('jaeger', [25], 'an archive', { path: `/api/archive/7bc2cc7cbd1d53bbf70fa9462963bd70`, body: {} }),
  tried('jaeger', [24], 'the newer API’s list', { path: '/api/v3/traces?query.service_name=agent' }),
]

const q = (source: string) => `/api/search?q=${enc(source)}`
const tempo: readonly Attack[] = [
  ...common('tempo'),
  ...[
    '{ span.gen_ai.prompt =~ "X.*" }',
    '{ .note = "X" }',
    '{ ."note" = `X` }',
    '{ span."gen_ai.prompt" != "X" }',
    '{ resource.host.note =~ "X" && duration > 1s }',
    '{ status = error || event.message = "X" }',
    '{} >> { span.note = "X" }',
    '{ parent.span.note = "X" }',
    '{ statusMessage = "X" }',
    '{ true } | select(span.note) | by(span.note)',
    '{ true /* " */ && span.note = "X" }',
    '{ instrumentation.note = "X" }',
  ].map((source) => oracle('tempo', source, (g) => ({ path: q(source.replaceAll('X', g)) }))),
  oracle('tempo', 'tags in logfmt', (g) => ({
    path: `/api/search?tags=${enc(`service.name=agent note="${g}"`)}`,
  })),
  oracle('tempo', 'a filter on values', (g) => ({
    path: `/api/v2/search/tag/resource.service.name/values?q=${enc(`{ span.note =~ "${g}" }`)}`,
  })),
  refused('tempo', [23], 'the values of an attribute', { path: '/api/search/tag/gen_ai.prompt/values' }),
  refused('tempo', [23], 'the values of a scoped attribute', {
    path: '/api/v2/search/tag/span.gen_ai.prompt/values',
  }),
  refused('tempo', [23], 'a rate by content', {
    path: `/api/metrics/query_range?q=${enc('{} | rate() by (span.note)')}`,
  }),
  refused('tempo', [25], 'overrides', { path: '/api/overrides', method: 'PATCH', body: {} }),
  refused('tempo', [25], 'a shutdown', { path: '/shutdown', method: 'POST', body: {} }),
]

const post = (message: object | readonly object[], headers = {}): Omit<Ask, 'door'> => ({
  method: 'POST',
  path: '/mcp',
  body: message,
  headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...headers },
})
const rpc = (method: string, params: object = {}, id: number | undefined = 1) => ({
  jsonrpc: '2.0',
  ...(id === undefined ? {} : { id }),
  method,
  params,
})
const tool = (name: string, args: object = {}) => post(rpc('tools/call', { name, arguments: args }))
const mcp: readonly Attack[] = [
  oracle('mcp', 'a filter of a tool', (g) => tool('list_traces', { contains: g })),
  oracle('mcp', 'a filter in a list', (g) => tool('list_traces', { contains: [g] })),
  oracle('mcp', 'an argument nobody declared', (g) => tool('list_traces', { where: `note LIKE '${g}%'` })),
  oracle('mcp', 'a completion', (g) =>
    post(
      rpc('completion/complete', {
        ref: { type: 'ref/resource', uri: 'trace://{id}' },
        argument: { name: 'note', value: g },
      }),
    ),
  ),
  oracle('mcp', 'an argument twice', (g) => ({
    ...post({}),
    body: `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"list_traces","arguments":{"status":"ok"},"arguments":{"contains":"${g}"}}}`,
  })),
  refused('mcp', [25], 'a tool nobody listed', tool('execute', { code: 'return all()' })),
  refused('mcp', [25], 'a tool by another spelling', tool('Get_Trace', { id: 'a' })),
  refused('mcp', [25], 'an export', tool('export_all')),
  refused('mcp', [25], 'a deletion', tool('delete_trace', { id: 'a' })),
  refused('mcp', [25], 'a resource outside', post(rpc('resources/read', { uri: 'file:///etc/passwd' }))),
  refused('mcp', [25], 'a resource by another scheme', post(rpc('resources/read', { uri: 'Trace://a' }))),
  refused('mcp', [25], 'a prompt nobody listed', post(rpc('prompts/get', { name: 'x' }))),
  refused(
    'mcp',
    [22],
    'a batch',
    post([rpc('ping'), rpc('tools/call', { name: 'export_all', arguments: {} }, 2)]),
  ),
  refused('mcp', [22], 'a method nobody knows', post(rpc('tasks/result', { taskId: 'a' }))),
  refused(
    'mcp',
    [22],
    'a call as a task',
    post(rpc('tools/call', { name: 'get_trace', arguments: { id: 'a' }, task: { ttl: 1 } })),
  ),
  refused('mcp', [22], 'another member beside the call', post({ ...rpc('ping'), tools: 'call' })),
  refused(
    'mcp',
    [30],
    'an answer to sampling',
    post({ jsonrpc: '2.0', id: 99, result: { role: 'assistant', content: { type: 'text', text: 'x' } } }),
  ),
  refused('mcp', [20], 'a form', post({}, { 'content-type': 'application/x-www-form-urlencoded' })),
  refused('mcp', [23], 'parameters in the URL', { ...post(rpc('ping')), path: '/mcp?tool=export_all' }),
  tried('mcp', [30, 24], 'a list, with what the server sends beside it', tool('list_traces', { limit: 5 })),
  tried('mcp', [17, 24], 'one trace, as text and as structured content', tool('get_trace', { id: 'a' })),
  tried('mcp', [24], 'names of resources', post(rpc('resources/list'))),
  tried(
    'mcp',
    [24],
    'a notification that begets answers',
    post(rpc('notifications/initialized', {}, undefined)),
  ),
  tried('mcp', [21], 'an event stream from long ago', {
    method: 'GET',
    path: '/mcp',
    headers: { accept: 'text/event-stream', 'last-event-id': '1' },
  }),
]

export const profiles: readonly Attack[] = [...langfuse, ...jaeger, ...tempo, ...mcp]
