import type { Attack, Step } from '../attack.ts'

/** Requests that two readers would read differently. The store must not even be asked. */
const CRLF = '\r\n'
const head = (...lines: string[]) => `${lines.join(CRLF)}${CRLF}${CRLF}`
const AUTH = 'authorization: Bearer {token}'
const get = (target: string, ...more: string[]) =>
  head(`GET ${target} HTTP/1.1`, 'host: {host}', AUTH, ...more, 'connection: close')
const ID = 'tr-0000'

const targets: readonly (readonly [string, string])[] = [
  ['dot dot', `/projects/../projects/code-agent/export`],
  ['dot dot at the root', `/../../projects/code-agent/export`],
  ['encoded dot dot', `/projects/%2e%2e/projects/code-agent/export`],
  ['half-encoded dot dot', `/projects/.%2e/projects/code-agent/export`],
  ['dot dot with a parameter', `/projects/..;/projects/code-agent/export`],
  ['a single dot', `/projects/./code-agent/export`],
  ['double slash', `//projects/code-agent/export`],
  ['double slash inside', `/projects//code-agent/export`],
  ['encoded slash', `/projects/code-agent%2fexport`],
  ['encoded slash, twice', `/projects/code-agent%252fexport`],
  ['encoded backslash', `/projects%5ccode-agent%5cexport`],
  ['backslash', `/projects\\code-agent\\export`],
  ['a path parameter', `/traces;x=1/${ID}`],
  ['an encoded path parameter', `/traces%3bx=1/${ID}`],
  ['NUL', `/traces/${ID}%00.json`],
  ['an encoded line end', `/traces/${ID}%0d%0ax-original-url:%20/`],
  ['an overlong slash', `/projects%c0%afcode-agent/export`],
  ['an overlong dot', `/projects/%c0%ae%c0%ae/export`],
  ['broken percent', `/traces/%zz${ID}`],
  ['a fragment', `/traces/${ID}#/export`],
  ['absolute form', `http://127.0.0.1:1/traces/${ID}`],
  ['absolute form of our own', `http://{host}/traces/${ID}`],
  ['another scheme', `file:///etc/passwd`],
  ['an asterisk', `*`],
  ['no slash at all', `traces/${ID}`],
  ['capitals', `/Projects/code-agent/Export`],
  ['a suffix', `/projects/code-agent/export.json`],
  ['a trailing dot', `/projects/code-agent/export.`],
  ['a trailing space', `/projects/code-agent/export%20`],
  ['a wide slash', `/projects/code-agent%ef%bc%8fexport`],
  ['the export', `/projects/code-agent/export`],
  ['the export with a slash', `/projects/code-agent/export/`],
  ['an unknown route', `/admin/dump`],
  ['the own pages as a way out', `/.tracewarden/../traces/${ID}`],
  ['the own pages, encoded', `/%2etracewarden/../traces/${ID}`],
  ['a method in the query', `/traces/${ID}?_method=DELETE`],
  ['an encoded name of a parameter', `/traces?%2569ds=${ID}`],
]

const raws: readonly (readonly [number[], string, string])[] = [
  [[26], 'two hosts', get(`/traces/${ID}`, 'Host: other.example')],
  [[26], 'method override', get(`/traces/${ID}`, 'X-HTTP-Method-Override: DELETE')],
  [[26], 'method override by another name', get(`/traces/${ID}`, 'X-Method-Override: DELETE')],
  [[26], 'two authorizations', get(`/traces/${ID}`, 'Authorization: Bearer tw_other')],
  [[26], 'two credentials', get(`/traces/${ID}`, 'api_key: tw_other')],
  [
    [26],
    'a folded header',
    head(`GET /traces/${ID} HTTP/1.1`, 'host: {host}', 'authorization:', ' Bearer {token}x'),
  ],
  [[26], 'a space before the colon', get(`/traces/${ID}`, 'transfer-encoding : chunked')],
  [
    [26],
    'a bare line feed',
    `GET /traces/${ID} HTTP/1.1\nhost: {host}\n${AUTH}\ntransfer-encoding: chunked\ncontent-length: 3\n\n0\n\nGET /projects/code-agent/export HTTP/1.1\n\n`,
  ],
  [
    [26],
    'length and chunks',
    head(`POST /ingest HTTP/1.1`, 'host: {host}', AUTH, 'content-length: 6', 'transfer-encoding: chunked') +
      `0${CRLF}${CRLF}GET /projects/code-agent/export HTTP/1.1${CRLF}${CRLF}`,
  ],
  [
    [26],
    'two lengths',
    head(`POST /ingest HTTP/1.1`, 'host: {host}', AUTH, 'content-length: 0', 'content-length: 44') +
      'GET /projects/code-agent/export HTTP/1.1\r\n\r\n',
  ],
  [
    [26],
    'a length with a sign',
    `${head(`POST /ingest HTTP/1.1`, 'host: {host}', AUTH, 'content-length: +3')}abc`,
  ],
  [
    [26],
    'a length with a comma',
    `${head(`POST /ingest HTTP/1.1`, 'host: {host}', AUTH, 'content-length: 3, 3')}abc`,
  ],
  [
    [26],
    'an odd coding',
    `${head(`POST /ingest HTTP/1.1`, 'host: {host}', AUTH, 'transfer-encoding: xchunked')}0${CRLF}${CRLF}`,
  ],
  [
    [26],
    'chunked twice',
    head(`POST /ingest HTTP/1.1`, 'host: {host}', AUTH, 'transfer-encoding: chunked, chunked') +
      `0${CRLF}${CRLF}`,
  ],
  [
    [26],
    'chunked hidden in identity',
    `${head(
      `POST /ingest HTTP/1.1`,
      'host: {host}',
      AUTH,
      'transfer-encoding: identity',
      'transfer-encoding: chunked',
    )}0${CRLF}${CRLF}`,
  ],
  [
    [26],
    'a broken chunk',
    head(`POST /ingest HTTP/1.1`, 'host: {host}', AUTH, 'transfer-encoding: chunked') +
      `zz${CRLF}abc${CRLF}0${CRLF}${CRLF}`,
  ],
  [[26], 'CONNECT', head('CONNECT 127.0.0.1:80 HTTP/1.1', 'host: {host}', AUTH)],
  [[26], 'TRACE', head(`TRACE /traces/${ID} HTTP/1.1`, 'host: {host}', AUTH, 'connection: close')],
  [
    [26],
    'an unknown method',
    head(`PROPFIND /traces/${ID} HTTP/1.1`, 'host: {host}', AUTH, 'connection: close'),
  ],
  [
    [26],
    'a method in lower case',
    head(`get /traces/${ID} HTTP/1.1`, 'host: {host}', AUTH, 'connection: close'),
  ],
  [[26], 'HTTP/0.9', `GET /traces/${ID}\r\n\r\n`],
  [[26], 'a flood of headers', get(`/traces/${ID}`, ...Array.from({ length: 300 }, (_, i) => `x-${i}: 1`))],
  [[26], 'a header that is too long', get(`/traces/${ID}`, `x-long: ${'a'.repeat(40_000)}`)],
  [[26], 'HTTP/2 without agreement', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  [
    [40],
    'a token in the URL',
    head(`GET /traces/${ID}?token={token} HTTP/1.1`, 'host: {host}', 'connection: close'),
  ],
  [[40], 'a token in the URL beside the header', get(`/traces/${ID}?access_token={token}`)],
  [
    [40],
    'a cookie that is a token',
    head(
      `GET /traces/${ID} HTTP/1.1`,
      'host: {host}',
      'cookie: tracewarden={token}',
      'sec-fetch-site: same-origin',
      'connection: close',
    ),
  ],
  [
    [26, 40],
    'somebody else’s name in a header',
    head(
      `GET /traces/${ID} HTTP/1.1`,
      'host: {host}',
      'x-forwarded-user: admin',
      'x-remote-user: admin',
      'remote-user: admin',
      'connection: close',
    ),
  ],
  [
    [40],
    'another scheme',
    head(
      `GET /traces/${ID} HTTP/1.1`,
      'host: {host}',
      'authorization: Negotiate {token}',
      'connection: close',
    ),
  ],
  [
    [40],
    'no scheme',
    head(`GET /traces/${ID} HTTP/1.1`, 'host: {host}', 'authorization: {token}', 'connection: close'),
  ],
  [
    [40],
    'an empty bearer',
    head(`GET /traces/${ID} HTTP/1.1`, 'host: {host}', 'authorization: Bearer ', 'connection: close'),
  ],
]

/** Headers that must not change what the store is asked, nor what it answers. */
const stripped: readonly (readonly [number[], string, Record<string, string>])[] = [
  [[26], 'X-Original-URL', { 'x-original-url': '/projects/code-agent/export' }],
  [[26], 'X-Rewrite-URL', { 'x-rewrite-url': '/projects/code-agent/export' }],
  [
    [26],
    'X-Forwarded-For, Forwarded',
    {
      'x-forwarded-for': '127.0.0.1',
      forwarded: 'for=127.0.0.1;host=admin',
      'x-forwarded-host': 'admin',
      'x-forwarded-prefix': '/admin',
    },
  ],
  [[26], 'Connection names a header', { connection: 'accept, user-agent' }],
  [[21], 'Range', { range: 'bytes=10-60' }],
  [[21], 'If-Range', { range: 'bytes=0-0', 'if-range': '"x"' }],
  [[21], 'If-None-Match', { 'if-none-match': '*' }],
  [[21], 'If-Modified-Since', { 'if-modified-since': 'Thu, 01 Jan 2099 00:00:00 GMT' }],
  [[20], 'Accept: CBOR', { accept: 'application/cbor' }],
  [[20], 'Accept: text/csv', { accept: 'text/csv, */*;q=0.1' }],
  [[20], 'Accept-Encoding', { 'accept-encoding': 'gzip, br, zstd' }],
  [[20], 'TE: trailers', { te: 'trailers' }],
  [
    [20],
    'Upgrade',
    {
      connection: 'upgrade',
      upgrade: 'websocket',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      'sec-websocket-version': '13',
    },
  ],
  [[20], 'Expect', { expect: '100-continue' }],
]
const FORBIDDEN =
  /"(?:x-original-url|x-rewrite-url|x-forwarded-[a-z]+|forwarded|range|if-[a-z-]+|te|upgrade|authorization|expect)":/
const forgotten: Step = {
  act: async (house) => {
    house.backends.traces.seen()
    return []
  },
}
const leftOver: Step = {
  act: async (house) => {
    const bad = house.backends.traces
      .seen()
      .find((seen) => FORBIDDEN.test(seen) || !seen.includes('"accept-encoding":"identity"'))
    if (bad) throw new Error(`the store got ${bad}`)
    return []
  },
}

export const canonical: readonly Attack[] = [
  ...targets.map(
    ([name, target]): Attack => ({ rows: [26], name: `target: ${name}`, steps: [{ raw: get(target) }] }),
  ),
  ...raws.map(([rows, name, bytes]): Attack => ({ rows, name: `bytes: ${name}`, steps: [{ raw: bytes }] })),
  ...stripped.map(
    ([rows, name, headers]): Attack => ({
      rows,
      name: `header: ${name}`,
      plant: (s) => ({ trace: { trace_id: s.id, created_at: '2026-11-20T00:00:00Z', output: s.aws } }),
      steps: (s) => [forgotten, { ask: { path: `/traces/${s.id}`, headers } }, leftOver],
    }),
  ),
]
