import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type FieldNode, Kind, parse, type SelectionSetNode } from 'graphql'
import { type SampleTrace, sampleTraceServer } from '../../fixtures/port.ts'
import { PLAIN, STRUCTURAL } from '../../gateway/doors/http/profiles/phoenix/fields.ts'
import type { Reply, Secrets } from './attack.ts'

/** A store that hides nothing from anybody, and says what it was asked. */
export interface Backend {
  url: string
  /** What reached it since the last look. */
  seen(): string[]
  close(): Promise<void>
}

/** What to answer to whom: by an attack's id in the URL or body. */
export type Planted = (request: string) => { reply: Reply | undefined; secrets: Secrets } | undefined

type Handler = (text: string, req: IncomingMessage, res: ServerResponse, secrets: Secrets) => void

/** `oracle`: the secret that guesses are about; a wrong guess finds nothing. */
export async function backend(planted: Planted, oracle: Secrets, handler: Handler): Promise<Backend> {
  let seen: string[] = []
  const server: Server = createServer((req, res) => {
    const chunks: Buffer[] = []
    req.on('data', (chunk: Buffer) => chunks.push(chunk))
    req.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8')
      seen.push(`${req.method} ${req.url} ${JSON.stringify(req.headers)} ${body}`)
      const text = `${decoded(req.url ?? '')} ${body}`
      const plant = planted(text)
      if (plant?.reply) return send(res, plant.reply)
      const guess = /AKIA[A-Z2-7]{4,}/.exec(text)?.[0]
      if (guess && !oracle.aws.startsWith(guess)) return json(res, { traces: [], data: [], total: 0 })
      handler(text, req, res, plant?.secrets ?? oracle)
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen() {
      const now = seen
      seen = []
      return now
    },
    close: () =>
      new Promise((done) => {
        server.closeAllConnections()
        server.close(() => done())
      }),
  }
}

function decoded(url: string): string {
  try {
    return decodeURIComponent(url.replaceAll('+', ' '))
  } catch {
    return url
  }
}

export async function send(
  res: ServerResponse,
  { status = 200, headers = {}, chunks }: Reply,
): Promise<void> {
  res.writeHead(status, { 'content-type': 'application/json', ...headers })
  for (const chunk of chunks) {
    res.write(chunk)
    if (chunks.length > 1) await new Promise((done) => setImmediate(done))
  }
  res.end()
}

export const json = (res: ServerResponse, value: unknown) =>
  void send(res, { chunks: [typeof value === 'string' ? value : JSON.stringify(value)] })

/** Everything it says of anything: a credential, and words that no rule knows. */
export const telling = ({ aws, mark }: Secrets) => `key ${aws} and ${mark}`

/** The sample store, with planted traces beside its own. */
export const sampleBackend = (planted: Planted, oracle: Secrets, traces: readonly SampleTrace[]) => {
  const sample = sampleTraceServer(traces)
  return backend(planted, oracle, (_text, req, res) => {
    if (req.url === '/')
      return void send(res, { headers: { 'content-type': 'text/html' }, chunks: ['<!doctype html>'] })
    if (req.method === 'HEAD') req.method = 'GET'
    sample.emit('request', req, res)
  })
}

const wire = (name: string, secrets: Secrets) =>
  readFileSync(new URL(`../../fixtures/wire/${name}`, import.meta.url), 'utf8').replaceAll(
    'PLANTED-SECRET-0001',
    telling(secrets),
  )

/** Answers in MLflow's shapes. */
export const mlflowBackend = (planted: Planted, oracle: Secrets) =>
  backend(planted, oracle, (text, req, res, secrets) => {
    if (req.url === '/v1/traces') return void res.writeHead(200).end()
    const named = (body: string) => body.replaceAll('tr-35af076d883081cfe777f8f5a3667236', secrets.id)
    if (/traces\/search|2\.0\/mlflow\/traces\?|unified/.test(text))
      return json(res, named(wire('mlflow/search.json', secrets)))
    if (/batchGetInfos/.test(text))
      return json(res, named(wire('mlflow/search.json', secrets)).replace('"traces"', '"trace_infos"'))
    const whole = named(wire('mlflow/batchGet.json', secrets))
    if (/batchGet/.test(text)) return json(res, whole)
    if (/artifact/.test(text))
      return void send(res, {
        headers: { 'content-type': 'text/plain', 'content-disposition': 'attachment; filename=traces.json' },
        chunks: [wire('mlflow/artifact.json', secrets)],
      })
    const { traces }: { traces: { trace_info: unknown }[] } = JSON.parse(whole)
    if (/mlflow\/traces\/get\?/.test(text)) return json(res, { trace: traces[0] })
    if (/mlflow\/traces\/[^/ ]+ /.test(text))
      return json(res, { trace: { trace_info: traces[0]?.trace_info } })
    if (/static-files|^\/ /.test(text))
      return void send(res, {
        headers: { 'content-type': 'text/html' },
        chunks: ['<!doctype html><title>MLflow</title>'],
      })
    return json(res, {
      anything: `key ${secrets.aws}`,
      ...(text.includes('/datasets/') && {
        records: [{ dataset_record_id: secrets.id, inputs: telling(secrets) }],
      }),
    })
  })

/** Answers in Phoenix's shapes; GraphQL by walking the document, with something to tell in every leaf. */
export const phoenixBackend = (planted: Planted, oracle: Secrets) =>
  backend(planted, oracle, (text, req, res, secrets) => {
    const path = (req.url ?? '').split('?')[0]!
    if (path === '/v1/traces') return void res.writeHead(200).end()
    if (path === '/v1/spans')
      return void send(res, {
        headers: {
          'content-type': `multipart/mixed; boundary=${wire('phoenix/tables.multipart', secrets).slice(2).split('\r\n')[0]!.split('\n')[0]}`,
        },
        chunks: [wire('phoenix/tables.multipart', secrets)],
      })
    if (/^\/v1\/projects\/[^/]+\/(spans|traces|sessions)/.test(path))
      return json(res, wire('phoenix/spans.json', secrets))
    if (path === '/graphql') return json(res, graphql(text, req, secrets))
    if (!path.startsWith('/v1/') && req.method === 'GET')
      return void send(res, {
        headers: { 'content-type': 'text/html' },
        chunks: ['<!doctype html><title>Phoenix</title>'],
      })
    return json(res, {
      data: [
        {
          id: 'UHJvamVjdDoy',
          name: 'default',
          description: 'traces of the demo',
          secret: `key ${secrets.aws}`,
        },
      ],
    })
  })

const IDS = new Set(['id', 'traceId', 'spanId', 'parentId'])

function graphql(text: string, req: IncomingMessage, secrets: Secrets): unknown {
  const body = text.slice(text.indexOf(' ') + 1)
  const source =
    req.method === 'GET'
      ? new URL(req.url ?? '/', 'http://x').searchParams.get('query')
      : JSON.parse(body).query
  const document = parse(source ?? '{a}', { noLocation: true })
  const fragments = new Map(
    document.definitions.flatMap((d) =>
      d.kind === Kind.FRAGMENT_DEFINITION ? [[d.name.value, d.selectionSet] as const] : [],
    ),
  )
  const fill = (set: SelectionSetNode, out: Record<string, unknown>): Record<string, unknown> => {
    for (const node of set.selections) {
      if (node.kind === Kind.INLINE_FRAGMENT) fill(node.selectionSet, out)
      else if (node.kind === Kind.FRAGMENT_SPREAD) fill(fragments.get(node.name.value)!, out)
      else out[node.alias?.value ?? node.name.value] = leaf(node)
    }
    return out
  }
  const leaf = (node: FieldNode): unknown => {
    const name = node.name.value
    if (node.selectionSet)
      return name === 'edges' ? [fill(node.selectionSet, {})] : fill(node.selectionSet, {})
    if (name === '__typename') return 'Span'
    if (name === 'startTime') return '2026-11-23T00:45:50.058732+00:00'
    if (IDS.has(name)) return secrets.id
    // Names of projects and the like are no content of traces.
    return PLAIN.has(name) || STRUCTURAL.has(name) ? `key ${secrets.aws}` : telling(secrets)
  }
  const operation = document.definitions.find((d) => d.kind === Kind.OPERATION_DEFINITION)
  return { data: operation?.kind === Kind.OPERATION_DEFINITION ? fill(operation.selectionSet, {}) : {} }
}
