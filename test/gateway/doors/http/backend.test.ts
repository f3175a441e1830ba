import type { AddressInfo } from 'node:net'
import { createServer, type Socket } from 'node:net'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import t from 'tap'
import { answerJson, type Handler, house, SECRET } from './house.ts'
import { raw } from './raw.ts'

const body = JSON.stringify({ trace_id: 'tr-1', text: SECRET })
const json = { 'content-type': 'application/json' }

t.test('a backend that compresses, redirects or fails is read, rewritten or withheld', async (t) => {
  const answers: Record<string, Handler> = {
    gzip: (_q, s) => s.writeHead(200, { ...json, 'content-encoding': 'gzip' }).end(gzipSync(body)),
    deflate: (_q, s) => s.writeHead(200, { ...json, 'content-encoding': 'deflate' }).end(deflateSync(body)),
    br: (_q, s) => s.writeHead(200, { ...json, 'content-encoding': 'br' }).end(brotliCompressSync(body)),
    zstd: (_q, s) => s.writeHead(200, { ...json, 'content-encoding': 'zstd' }).end(body),
    broken: (_q, s) => s.writeHead(200, { ...json, 'content-encoding': 'gzip' }).end(body),
    inside: (_q, s) => s.writeHead(307, { location: '/traces/tr-1?x=1' }).end(body),
    outside: (_q, s) => s.writeHead(302, { location: 'http://evil.example/' }).end(body),
    'not-json': (_q, s) => s.writeHead(200, { 'content-type': 'text/html' }).end(body),
    untyped: (_q, s) => s.writeHead(200).end(body),
    utf16: (_q, s) => s.writeHead(200, { 'content-type': 'application/json; charset=utf-16' }).end(body),
    cbor: (_q, s) => s.writeHead(200, { 'content-type': 'application/cbor' }).end(body),
    'bad-json': (_q, s) => s.writeHead(200, json).end('{"a":'),
    missing: (_q, s) => answerJson(s, { error_code: 'NOT_FOUND', message: `no ${SECRET}` }, 404),
    'missing-text': (_q, s) => s.writeHead(404, { 'content-type': 'text/plain' }).end(body),
    failed: (_q, s) => answerJson(s, { message: body }, 500),
    'not-us': (_q, s) => s.writeHead(401).end(),
    etag: (_q, s) => s.writeHead(200, { ...json, etag: '"x"', 'x-secret': SECRET, digest: 'x' }).end(body),
  }
  const h = await house(t, { backend: (req, res) => answers[req.url!.split('/').pop()!]!(req, res) })
  for (const coding of ['gzip', 'deflate', 'br']) {
    const answer = await h.get(`/traces/${coding}`)
    t.match(answer, { status: 200, text: /"\[masked:aws-access-key-id\]"/ }, coding)
    t.equal(answer.headers['content-encoding'], undefined)
  }
  t.match(await h.get('/traces/inside'), { status: 307, headers: { location: '/traces/tr-1?x=1' }, text: '' })
  const withheld: [string, number, string][] = [
    ['zstd', 502, 'TW_HTTP_CONTENT_ENCODING'],
    ['broken', 502, 'TW_HTTP_CONTENT_ENCODING'],
    ['outside', 502, 'TW_HTTP_BACKEND_REDIRECT'],
    ['not-json', 502, 'TW_HTTP_CONTENT_TYPE'],
    ['untyped', 502, 'TW_HTTP_CONTENT_TYPE'],
    ['utf16', 502, 'TW_HTTP_CONTENT_TYPE'],
    ['cbor', 502, 'TW_HTTP_CONTENT_TYPE'],
    ['missing-text', 404, 'TW_HTTP_BACKEND_ERROR'],
    ['failed', 502, 'TW_HTTP_BACKEND_ERROR'],
    ['not-us', 502, 'TW_HTTP_BACKEND_AUTH'],
  ]
  for (const [name, status, code] of withheld) {
    const answer = await h.get(`/traces/${name}`)
    t.equal(answer.status, status, name)
    t.equal(JSON.parse(answer.text).code, code, name)
    t.notMatch(answer.text, /AKIA|tr-1/)
  }
  t.ok((await h.get('/traces/bad-json')).status >= 500)
  t.match(await h.get('/traces/missing'), {
    status: 404,
    text: /"NOT_FOUND","message":"no \[masked:aws-access-key-id\]"/,
  })
  const etag = await h.get('/traces/etag')
  t.notOk(etag.headers.etag ?? etag.headers['x-secret'] ?? etag.headers.digest)
  t.equal((await h.get('/traces/gzip', { method: 'HEAD' })).headers['content-length'], undefined)
})

t.test('a backend that breaks HTTP or is not there: coded, nothing shown', async (t) => {
  const flood = Array.from({ length: 100_000 }, (_, i) => `x-${i}: 1\r\n`).join('')
  const wire: Record<string, (socket: Socket) => void> = {
    short: (s) =>
      s.end(`HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 999\r\n\r\n${body}`),
    reset: (s) =>
      s.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 999\r\n\r\n{"', () =>
        s.resetAndDestroy(),
      ),
    flood: (s) => s.write(`HTTP/1.1 200 OK\r\n${flood}\r\n`),
    garbage: (s) => s.end('SMTP hello\r\n\r\n'),
    chunks: (s) =>
      s.end('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nZZ\r\n'),
    silent: () => {},
    stalled: (s) =>
      s.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 999\r\n\r\n{"trace_id"'),
  }
  const open = new Set<Socket>()
  const server = createServer((socket) => {
    open.add(socket)
    socket.on('error', () => {})
    socket.once('data', (head) => wire[/traces\/(\w+)/.exec(head.toString())![1]!]!(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const backend = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const h = await house(t, { connection: { backend } })
  const hasty = await house(t, { connection: { backend, timeout: '1s' } })
  t.teardown(async () => {
    for (const socket of open) socket.destroy()
    server.close()
  })
  const expected: [string, number, string][] = [
    ['short', 502, 'TW_HTTP_BACKEND_BROKEN'],
    ['reset', 502, 'TW_HTTP_BACKEND_BROKEN'],
    ['flood', 502, 'TW_HTTP_BACKEND_HEADERS'],
    ['garbage', 502, 'TW_HTTP_BACKEND_BROKEN'],
    ['chunks', 502, 'TW_HTTP_BACKEND_BROKEN'],
    ['silent', 504, 'TW_HTTP_BACKEND_TIMEOUT'],
    ['stalled', 504, 'TW_HTTP_BACKEND_TIMEOUT'],
  ]
  await Promise.all(
    expected.map(async ([name, status, code]) => {
      const answer = await (status === 504 ? hasty : h).get(`/traces/${name}`)
      t.match(JSON.parse(answer.text), { status, code }, name)
      t.notMatch(answer.text, /tr-1|trace_id/)
    }),
  )
  for (const socket of open) socket.destroy()
  server.close()
  t.match(await h.get('/traces/gone'), { status: 502, text: /TW_HTTP_BACKEND_UNREACHABLE/ })
  const told = [...h.told('trace-read'), ...hasty.told('trace-read')]
  t.equal(told.length, expected.length + 1, 'each is a failure in the record')
  t.ok(told.every((e) => e.event.outcome === 'failure'))
})

t.test('assets pass as they are, and are never JSON', async (t) => {
  const h = await house(t, {
    backend(req, res) {
      if (req.url === '/')
        res
          .writeHead(200, { 'content-type': 'text/html', 'cache-control': 'max-age=9' })
          .end('<p>SECRET-is-not-looked-for')
      else if (req.url === '/assets/x.js')
        res.writeHead(200, { 'content-type': 'text/javascript' }).end('{a}'.repeat(600_000))
      else if (req.url === '/assets/data.json') answerJson(res, { text: 'x' })
      else if (req.url === '/assets/data.txt')
        res.writeHead(200, { 'content-type': 'text/plain' }).end('\n [{"text":1}]')
      else res.writeHead(200, { 'content-type': 'application/octet-stream' }).end('x')
    },
  })
  t.match(await h.get('/'), { status: 200, headers: { 'cache-control': 'max-age=9' }, text: /^<p>SECRET/ })
  t.equal((await h.get('/assets/x.js')).text.length, 1_800_000)
  for (const path of ['/assets/data.json', '/assets/data.txt', '/assets/blob'])
    t.match(await h.get(path), { status: 502, text: /TW_HTTP_CONTENT_TYPE/ }, path)
  t.equal(h.told('trace-read').filter((e) => e.event.outcome === 'success').length, 0)
  t.match(
    await raw(
      h.address(),
      `HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer ${h.ann}\r\n\r\n`,
    ),
    /200 OK[\s\S]*\r\n\r\n$/,
  )
})
