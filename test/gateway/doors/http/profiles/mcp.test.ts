import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { CreateMessageRequestSchema, ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import t, { type Test } from 'tap'
import { type Handler, house, SECRET } from '../house.ts'
import { startMcpServer, THOUGHT } from './mcp-server.ts'

const response = {
  trace_id: ['traces.*.trace_id'],
  time: ['traces.*.time'],
  record: ['traces.*'],
  structural: ['**.trace_id', '**.time', '**.status', 'status'],
}
const options = {
  tools: [
    { name: 'list_traces', action: 'search', limit: 'limit', filters: ['contains', 'status'], response },
    { name: 'get_traces', action: 'read', trace_id: 'ids', response },
    { name: 'delete_trace', action: 'admin', parameters: ['id'] },
    { name: 'picture', action: 'read' },
    { name: 'ask_client', action: 'search' },
  ],
  resources: ['trace://*'],
}

async function open(t: Test, backend: string, mcp: object = options) {
  const h = await house(t, { connection: { profile: 'mcp', routes: [], backend, mcp } })
  const client = new Client(
    { name: 'agent', version: '1' },
    { capabilities: { sampling: {}, elicitation: {} } },
  )
  const requests: string[] = []
  client.setRequestHandler(CreateMessageRequestSchema, async () => {
    requests.push('sampling')
    return { model: 'm', role: 'assistant', content: { type: 'text', text: 'ok' } }
  })
  client.setRequestHandler(ElicitRequestSchema, async () => {
    requests.push('elicitation')
    return { action: 'decline' }
  })
  const transport = new StreamableHTTPClientTransport(new URL(`http://${h.address()}/mcp`), {
    requestInit: { headers: { authorization: `Bearer ${h.ann}` } },
  })
  await client.connect(transport)
  t.teardown(() => client.close())
  const call = async (name: string, args: Record<string, unknown> = {}) =>
    JSON.stringify(await client.callTool({ name, arguments: args }))
  return { ...h, client, transport, requests, call }
}

t.test('the SDK’s client works unchanged: lists hide content, one trace is read and counted', async (t) => {
  const { url } = await startMcpServer(t)
  const h = await open(t, url)
  t.same((await h.client.listTools()).tools.length, 5)
  const list = await h.call('list_traces', { limit: 10, status: 'ok' })
  t.match(list, 't2')
  t.match(list, '[hidden: listing]')
  t.notMatch(list, THOUGHT)
  const one = await h.call('get_traces', { ids: ['t1'] })
  t.match(one, THOUGHT)
  t.notMatch(one, SECRET, 'neither in the text nor in the structured content')
  t.match(JSON.stringify(await h.client.readResource({ uri: 'trace://t1' })), THOUGHT)
  const told = h
    .told('trace-read')
    .map(({ tracewarden }) => [tracewarden.traces?.count, tracewarden.traces?.ids])
  t.strictSame(told, [
    [1, ['t1']],
    [1, ['trace://t1']],
  ])
  t.same(
    new Set(h.events.flatMap((e) => e.tracewarden.connection?.protocol ?? [])),
    new Set(['mcp']),
    'events say how it was spoken',
  )
  await h.client.ping()
  await h.transport.terminateSession()
})

t.test('several traces need approval; tests of content, other tools and arguments are refused', async (t) => {
  const { url } = await startMcpServer(t)
  const h = await open(t, url)
  await t.rejects(h.call('get_traces', { ids: ['t1', 't2'] }), /TW_DOOR_APPROVAL_PENDING/)
  await t.rejects(h.call('list_traces', { contains: SECRET.slice(0, 8) }), /TW_POLICY_ORACLE/)
  await t.rejects(h.call('list_traces', { order: 'x' }), /TW_PROFILE_UNDECLARED/)
  await t.rejects(h.call('delete_trace', { id: 't1' }), /TW_POLICY_ADMIN/)
  await t.rejects(h.call('execute', { code: 'all()' }), /TW_POLICY_UNKNOWN_ROUTE/)
  await t.rejects(h.client.readResource({ uri: 'file:///etc/passwd' }), /TW_POLICY_UNKNOWN_ROUTE/)
  await t.rejects(h.client.getPrompt({ name: 'p' }), /support prompts|TW_POLICY/)
  t.equal(h.told('policy-tamper').length, 1)
  t.same(h.told('trace-search').find((e) => e.event.outcome === 'failure')?.tracewarden.bypass, [
    'filter-oracle',
  ])
})

t.test(
  'pictures are withheld; what the server asks of the client reaches it only where config says',
  async (t) => {
    const { url, asked } = await startMcpServer(t)
    const h = await open(t, url)
    await t.rejects(h.call('picture'), /TW_HTTP_WITHHELD/)
    t.match(await h.call('ask_client'), 'done')
    t.same(h.requests, [])
    t.match(
      asked,
      [/does not support sampling/, /does not support/],
      'the server was told that the client cannot',
    )
    const open2 = await open(t, url, { ...options, client_requests: ['sampling', 'elicitation'] })
    await open2.call('ask_client')
    t.same(open2.requests, ['sampling', 'elicitation'])
  },
)

t.test('a server that asks all the same is not heard', async (t) => {
  const events = [
    {
      jsonrpc: '2.0',
      id: 7,
      method: 'sampling/createMessage',
      params: { messages: [{ content: { text: THOUGHT } }] },
    },
    { jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: THOUGHT } },
    { jsonrpc: '2.0', method: 'anything', params: { data: THOUGHT } },
    { jsonrpc: '2.0', id: 1, result: { tools: [] } },
  ]
  const stream: Handler = (_req, res) => {
    res.writeHead(200, { 'content-type': 'text/event-stream' })
    res.end(events.map((event) => `event: message\ndata: ${JSON.stringify(event)}\n\n`).join(''))
  }
  const h = await house(t, { connection: { profile: 'mcp', routes: [], mcp: options }, backend: stream })
  const post = (body: unknown, headers = {}) =>
    h.get('/mcp', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...headers,
      },
      body: JSON.stringify(body),
    })
  const list = { jsonrpc: '2.0', id: 1, method: 'tools/list' }
  const { text } = await post(list)
  t.notMatch(text, /sampling|anything/)
  t.notMatch(text, THOUGHT)
  t.match(text, /"tools":\[\]/)
  for (const bad of [
    [list],
    { ...list, more: 1 },
    { jsonrpc: '2.0', id: 1, method: 'completion/complete', params: {} },
    { jsonrpc: '2.0', id: 1, method: 'tasks/list' },
    { jsonrpc: '2.0', id: 7, result: { role: 'assistant', content: {} } },
    {
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'get_traces', arguments: { ids: ['t1'] }, task: {} },
    },
  ])
    t.ok((await post(bad)).status >= 400, JSON.stringify(bad))
  t.equal((await post(list, { 'content-type': 'text/plain' })).status, 406)
})
