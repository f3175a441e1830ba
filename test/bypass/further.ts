import { readFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { startElasticsearch } from '../support/elasticsearch.ts'
import type { Secrets } from './attack.ts'
import { type Backend, backend, json, type Planted, send, telling } from './backends.ts'

/** Stores of further profiles, and the connections to them. */
export interface FurtherStores {
  connections: readonly object[]
  close(): Promise<unknown>
}

const wire = (name: string, secrets: Secrets): string =>
  readFileSync(new URL(`../../fixtures/wire/${name}`, import.meta.url), 'utf8').replaceAll(
    'PLANTED-SECRET-0001',
    telling(secrets),
  )

/** Answers in the shapes of Langfuse's API, Jaeger's wire and Tempo's documentation, and tells everything. */
const STORES: Readonly<Record<'langfuse' | 'jaeger' | 'tempo', readonly (readonly [RegExp, string])[]>> = {
  langfuse: [
    [/^\/api\/public\/traces\/[^/?]+/, 'trace.json'],
    [/^\/api\/public\/traces/, 'traces.json'],
    [/^\/api\/public\/(?:v2\/)?observations/, 'observations.json'],
    [/^\/api\/public\/(?:v[23]\/)?scores/, 'scores.json'],
    [/^\/api\/public\/sessions\//, 'session.json'],
  ],
  jaeger: [
    [/^\/api\/v3\/traces/, 'trace-v3.json'],
    [/^\/api\/traces/, 'traces.json'],
    [/^\/api\/operations/, 'operations.json'],
  ],
  tempo: [
    [/^\/api\/(?:v2\/)?traces\//, 'trace.json'],
    [/^\/api\/search(?:\?|$)/, 'search.json'],
  ],
}

const storeOf = (name: keyof typeof STORES, planted: Planted, oracle: Secrets): Promise<Backend> =>
  backend(planted, oracle, (_text, req, res, secrets) => {
    const file = STORES[name].find(([path]) => path.test(req.url ?? ''))?.[1]
    if (file) return json(res, wire(`${name}/${file}`, secrets))
    if (req.url === '/' || req.url?.startsWith('/search'))
      return void send(res, { headers: { 'content-type': 'text/html' }, chunks: ['<!doctype html>'] })
    if (req.url === '/ready')
      return void send(res, { headers: { 'content-type': 'text/plain' }, chunks: ['ready'] })
    if (/tag.*values/.test(req.url ?? ''))
      return json(res, {
        tagValues: [
          { type: 'string', value: /service\.name/.test(req.url ?? '') ? 'agent' : telling(secrets) },
        ],
      })
    json(res, { data: ['agent', 'search'], url: `https://bucket.example/?key=${secrets.aws}` })
  })

/** An MCP server of one sort of answer: a trace, as JSON in text and as structured content. */
const mcpBackend = (planted: Planted, oracle: Secrets) =>
  backend(planted, oracle, (text, req, res, secrets) => {
    if (req.method !== 'POST') return void res.writeHead(405).end()
    const message: { id?: number; method?: string } = JSON.parse(text.slice(text.indexOf(' ') + 1))
    if (message.id === undefined) return void res.writeHead(202).end()
    const trace = { trace_id: secrets.id, note: telling(secrets), status: 'ok' }
    const result =
      message.method === 'tools/list'
        ? { tools: [{ name: 'get_trace', inputSchema: { type: 'object' } }] }
        : message.method === 'initialize'
          ? { protocolVersion: '2025-06-18', capabilities: {}, serverInfo: { name: 's', version: '1' } }
          : message.method === 'resources/list'
            ? { resources: [{ uri: `trace://${secrets.id}`, name: telling(secrets) }] }
            : message.method === 'resources/read'
              ? { contents: [{ uri: `trace://${secrets.id}`, text: JSON.stringify(trace) }] }
              : {
                  content: [{ type: 'text', text: JSON.stringify({ traces: [trace] }) }],
                  structuredContent: { traces: [trace] },
                }
    stream(res, [
      { jsonrpc: '2.0', id: 99, method: 'sampling/createMessage', params: { messages: [telling(secrets)] } },
      {
        jsonrpc: '2.0',
        method: 'notifications/message',
        params: { level: 'info', data: text.includes('quiet') ? '' : telling(secrets) },
      },
      { jsonrpc: '2.0', id: message.id, result },
    ])
  })

function stream(res: ServerResponse, messages: readonly object[]): void {
  const chunks = messages.map((message) => `event: message\ndata: ${JSON.stringify(message)}\n\n`)
  void send(res, { headers: { 'content-type': 'text/event-stream' }, chunks })
}

const MCP = {
  tools: [
    {
      name: 'get_trace',
      action: 'read',
      trace_id: 'id',
      parameters: ['quiet'],
      response: {
        trace_id: ['traces.*.trace_id'],
        record: ['traces.*'],
        structural: ['traces.*.trace_id', 'traces.*.status'],
      },
    },
    {
      name: 'list_traces',
      action: 'search',
      limit: 'limit',
      filters: ['contains', 'status'],
      response: {
        trace_id: ['traces.*.trace_id'],
        structural: ['traces.*.trace_id', 'traces.*.status', 'status'],
      },
    },
    { name: 'delete_trace', action: 'admin', parameters: ['id'] },
    { name: 'export_all', action: 'export' },
  ],
  resources: ['trace://*'],
}

/** A real one, with documents in which every field is another way to the same secret. */
async function elasticsearchStore(
  oracle: Secrets,
): Promise<{ url: string; close(): Promise<void> } | undefined> {
  const server = await startElasticsearch()
  if (!server) return undefined
  const spans = ['a1', 'a2', 'b1'].map((_id) => ({
    _id,
    '@timestamp': '2026-11-20T09:00:00Z',
    trace: { id: `trace-${_id[0]}` },
    duration: 7,
    content: telling(oracle),
    api_key: oracle.aws,
    suggest: oracle.aws,
  }))
  const put = (method: string, path: string, body: string, type = 'application/json') =>
    fetch(`${server.url}${path}`, { method, body, headers: { 'content-type': type } })
  const properties = {
    trace: { properties: { id: { type: 'keyword' } } },
    content: { type: 'text', fielddata: true, fields: { keyword: { type: 'keyword' } } },
    api_key: { type: 'keyword' },
    suggest: { type: 'completion' },
    key_alias: { type: 'alias', path: 'api_key' },
  }
  await put(
    'PUT',
    '/spans-1',
    JSON.stringify({ settings: { number_of_replicas: 0 }, mappings: { properties } }),
  )
  const lines = spans.flatMap(({ _id, ...span }) => [{ index: { _index: 'spans-1', _id } }, span])
  const body = `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`
  const loaded = await put('POST', '/_bulk?refresh=true', body, 'application/x-ndjson')
  if (!loaded.ok) throw new Error(await loaded.text())
  return { url: server.url, close: server.stop }
}

export async function openFurther(planted: Planted, oracle: Secrets): Promise<FurtherStores> {
  const [langfuse, jaeger, tempo, mcp, elasticsearch] = await Promise.all([
    storeOf('langfuse', planted, oracle),
    storeOf('jaeger', planted, oracle),
    storeOf('tempo', planted, oracle),
    mcpBackend(planted, oracle),
    elasticsearchStore(oracle),
  ])
  const of = (name: string, { url }: { url: string }, more = {}) => ({
    name,
    profile: name,
    backend: url,
    ...more,
  })
  const stores = [langfuse, jaeger, tempo, mcp, ...(elasticsearch ? [elasticsearch] : [])]
  return {
    connections: [
      of('langfuse', langfuse),
      of('jaeger', jaeger),
      of('tempo', tempo),
      of('mcp', mcp, { mcp: MCP }),
      ...(elasticsearch
        ? [of('elasticsearch', elasticsearch, { elasticsearch: { indices: ['spans-*'] } })]
        : []),
    ],
    close: () => Promise.all(stores.map((store) => store.close())),
  }
}
