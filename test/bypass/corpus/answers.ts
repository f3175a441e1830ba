import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { type Attack, type Reply, reply, type Secrets } from '../attack.ts'

/** Answers of the store that try to slip past whoever reads them. */
const trace = ({ id, aws, mark }: Secrets) =>
  JSON.stringify({ trace: { trace_id: id, created_at: '2026-11-20T00:00:00Z', output: `${mark} ${aws}` } })
const only = (name: string, value: (s: Secrets) => string) => (s: Secrets) =>
  reply([JSON.stringify({ trace: { trace_id: s.id } })], { [name]: value(s) })
const as =
  (type: string, extra: Record<string, string> = {}) =>
  (s: Secrets) =>
    reply([trace(s)], { 'content-type': type, ...extra })
const coded = (coding: string, code: (b: Buffer) => Buffer) => (s: Secrets) =>
  reply([code(Buffer.from(trace(s)))], { 'content-encoding': coding })
/** Cut at every byte: whoever looks at chunks sees no secret. */
const bytes = (s: Secrets) => reply([...trace(s)].map((c) => Buffer.from(c)))
const large = (s: Secrets, tail: string) =>
  reply([
    `{"trace":{"trace_id":"${s.id}","created_at":"2026-11-20T00:00:00Z","reasoning":[`,
    ...Array.from({ length: 40 }, () => `{"thought":"${'word '.repeat(8000)}"},`),
    tail,
    ']}}',
  ])

const answers: readonly (readonly [number[], string, (s: Secrets) => Reply])[] = [
  [[15], 'a byte at a time', bytes],
  [
    [15],
    'a secret over two chunks',
    (s) =>
      reply([trace(s).slice(0, trace(s).indexOf(s.aws) + 9), trace(s).slice(trace(s).indexOf(s.aws) + 9)]),
  ],
  [[15], 'a secret after a megabyte, in segments', (s) => large(s, `{"thought":"${s.aws} ${s.github}"}`)],
  [
    [15],
    'a secret in a string of nine megabytes',
    (s) =>
      reply([
        '{"trace":{"output":"',
        ...Array.from({ length: 90 }, () => 'x y '.repeat(26_000)),
        `${s.aws}"}}`,
      ]),
  ],
  [
    [15],
    'deltas across segments',
    (s) => large(s, [...s.aws].map((delta) => JSON.stringify({ delta })).join(',')),
  ],
  [[20], 'gzip', coded('gzip', gzipSync)],
  [[20], 'brotli', coded('br', brotliCompressSync)],
  [[20], 'deflate', coded('deflate', deflateSync)],
  [[20], 'gzip that says nothing', (s) => reply([gzipSync(trace(s))])],
  [[20], 'gzip twice', coded('gzip, gzip', (b) => gzipSync(gzipSync(b)))],
  [[20], 'an unknown coding', (s) => reply([trace(s)], { 'content-encoding': 'zstd' })],
  [[20], 'a coding that is not true', (s) => reply([trace(s)], { 'content-encoding': 'gzip' })],
  [
    [20],
    'CBOR',
    (s) =>
      reply([Buffer.concat([Buffer.from([0xa1, 0x61, 0x61, 0x74]), Buffer.from(s.aws)])], {
        'content-type': 'application/cbor',
      }),
  ],
  [[20], 'protobuf', as('application/x-protobuf')],
  [[20], 'CSV', (s) => reply([`id,output\n${s.id},${s.aws} ${s.mark}\n`], { 'content-type': 'text/csv' })],
  [[20], 'HTML', (s) => reply([`<p>${s.aws} ${s.mark}`], { 'content-type': 'text/html' })],
  [[20], 'an image', as('image/png')],
  [[20], 'JavaScript', (s) => reply([`callback(${trace(s)})`], { 'content-type': 'application/javascript' })],
  [[20], 'octets', as('application/octet-stream')],
  [[20], 'plain text', as('text/plain')],
  [[20], 'XML', (s) => reply([`<a>${s.aws}</a>`], { 'content-type': 'application/xml' })],
  [
    [20],
    'NDJSON on a route of JSON',
    (s) => reply([`${trace(s)}\n${trace(s)}\n`], { 'content-type': 'application/x-ndjson' }),
  ],
  [
    [20],
    'server-sent events',
    (s) =>
      reply([`data: ${trace(s)}\n\n`, `event: x\ndata: ${s.aws.slice(0, 9)}\ndata: ${s.aws.slice(9)}\n\n`], {
        'content-type': 'text/event-stream',
      }),
  ],
  [
    [20, 47],
    'deltas as server-sent events',
    (s) =>
      reply(
        s.aws
          .match(/.{1,3}/g)!
          .map((text) => `data: ${JSON.stringify({ choices: [{ delta: { content: text } }] })}\n\n`),
        { 'content-type': 'text/event-stream' },
      ),
  ],
  [
    [20],
    'names and ids of server-sent events',
    (s) =>
      reply([`event: ${s.aws}\nid: ${s.aws}\n: ${s.aws}\nretry: 1\ndata: {}\n\n`], {
        'content-type': 'text/event-stream',
      }),
  ],
  [
    [20],
    'multipart',
    (s) =>
      reply([`--b\r\ncontent-type: application/json\r\n\r\n${trace(s)}\r\n--b--\r\n`], {
        'content-type': 'multipart/mixed; boundary=b',
      }),
  ],
  [
    [20],
    'multipart with a secret in a part’s head',
    (s) =>
      reply(
        [
          `--b\r\ncontent-type: application/json\r\nx-note: ${s.aws}\r\ncontent-disposition: attachment; filename="${s.aws}"\r\n\r\n{}\r\n--b--\r\n`,
        ],
        { 'content-type': 'multipart/mixed; boundary=b' },
      ),
  ],
  [
    [20],
    'multipart with words before and after',
    (s) =>
      reply([`${s.aws}\r\n--b\r\ncontent-type: application/json\r\n\r\n{}\r\n--b--\r\n${s.aws} ${s.mark}`], {
        'content-type': 'multipart/mixed; boundary=b',
      }),
  ],
  [
    [20],
    'multipart of an unknown kind',
    (s) =>
      reply([`--b\r\ncontent-type: application/cbor\r\n\r\n${s.aws}\r\n--b--\r\n`], {
        'content-type': 'multipart/mixed; boundary=b',
      }),
  ],
  [
    [20],
    'multipart whose boundary is the secret',
    (s) =>
      reply([`--${s.aws}\r\ncontent-type: application/json\r\n\r\n{}\r\n--${s.aws}--\r\n`], {
        'content-type': `multipart/mixed; boundary=${s.aws}`,
      }),
  ],
  [
    [20],
    'UTF-16',
    (s) => reply([Buffer.from(trace(s), 'utf16le')], { 'content-type': 'application/json; charset=utf-16' }),
  ],
  [[20], 'UTF-16 that says nothing', (s) => reply([Buffer.from(trace(s), 'utf16le')])],
  [[20], 'UTF-7 as a charset', as('application/json; charset=utf-7')],
  [
    [20],
    'bytes that are not UTF-8',
    (s) =>
      reply([
        Buffer.concat([Buffer.from(trace(s).slice(0, -3)), Buffer.from([0xc0, 0xff]), Buffer.from('"}}')]),
      ]),
  ],
  [[24], 'a file name', only('content-disposition', (s) => `attachment; filename="${s.aws}.json"`)],
  [[24], 'a cookie', only('set-cookie', (s) => `last=${s.aws}; Path=/`)],
  [[24], 'any header', only('x-trace-preview', (s) => s.aws)],
  [[24], 'a policy header', only('content-security-policy', (s) => `report-uri /${s.aws}`)],
  [[24], 'a version header', only('x-phoenix-server-version', (s) => s.aws)],
  [
    [24],
    'a content-type with a parameter',
    (s) => reply(['{}'], { 'content-type': `application/json; note=${s.aws}` }),
  ],
  [[21], 'a validator', only('etag', (s) => `"${s.aws}"`)],
  [[21], 'a digest', only('content-md5', (s) => s.aws)],
  [[26], 'a redirect within the store', (s) => reply([], { location: `/traces/${s.id}?note=${s.aws}` }, 302)],
  [[26], 'a redirect with the secret as path', (s) => reply([], { location: `/traces/${s.aws}` }, 302)],
  [[26], 'a redirect elsewhere', (s) => reply([], { location: `http://attacker.example/${s.aws}` }, 302)],
  [[26], 'a redirect by double slash', (s) => reply([], { location: `//attacker.example/${s.aws}` }, 302)],
  [
    [31],
    'an error that quotes',
    (s) => reply([JSON.stringify({ error: `cannot cast '${s.aws}' to int` })], {}, 400),
  ],
  [
    [31],
    'an error in plain text',
    (s) => reply([`bad ${s.aws} ${s.mark}`], { 'content-type': 'text/plain' }, 400),
  ],
  [[31], 'a failure that quotes', (s) => reply([`{"error":"${s.aws} ${s.mark}"}`], {}, 500)],
  [[31], 'a whole trace as an error', (s) => reply([trace(s)], {}, 404)],
  [
    [31],
    'a partial answer',
    (s) => reply([trace(s).slice(20, 90)], { 'content-range': 'bytes 20-89/200' }, 206),
  ],
  [[31], 'not modified, with a body', (s) => reply([], { etag: `"${s.aws}"` }, 304)],
]

/** What still works, and what would end it. */
const KNOWN: Readonly<Record<string, string>> = {
  'server-sent events':
    'a credential that a line end parts is two words to every rule; a view without line ends would join it, and much else',
  'a script with a secret in it':
    'scripts and styles are passed as they are: rules would break them; the store’s owner must keep data out of them',
  'a page whose data is a trace':
    'a page is looked at for credentials, but what a route calls an asset is not counted; such a route is a read',
}

export const stores: readonly Attack[] = answers.map(
  ([rows, name, plant]): Attack => ({
    rows,
    name: `answer: ${name}`,
    plant,
    ...(KNOWN[name] && { known: KNOWN[name] }),
  }),
)

/** Assets are passed as they are; so nothing that holds traces may pass for one. */
const assets: readonly (readonly [string, (s: Secrets) => Reply])[] = [
  ['JSON', (s) => reply([trace(s)])],
  ['JSON as plain text', (s) => reply([trace(s)], { 'content-type': 'text/plain' })],
  ['JSON as HTML', (s) => reply([trace(s)], { 'content-type': 'text/html' })],
  ['JSON as CSS', (s) => reply([` \n${trace(s)}`], { 'content-type': 'text/css' })],
  ['JSON as an image', (s) => reply([trace(s)], { 'content-type': 'image/png' })],
  [
    'a page with a secret in it',
    (s) => reply([`<!doctype html><p>key ${s.aws}`], { 'content-type': 'text/html' }),
  ],
  [
    'a script with a secret in it',
    (s) => reply([`window.preloaded = "${s.github}"`], { 'content-type': 'text/javascript' }),
  ],
  [
    'a page whose data is a trace',
    (s) =>
      reply([`<!doctype html><script>window.trace=${trace(s)}</script>`], { 'content-type': 'text/html' }),
  ],
]

export const pages: readonly Attack[] = assets.map(
  ([name, plant]): Attack => ({
    rows: [24, 25],
    name: `asset: ${name}`,
    plant,
    steps: (s) => [{ ask: { path: `/assets/${s.id}` } }],
    ...(KNOWN[name] && { known: KNOWN[name] }),
  }),
)
