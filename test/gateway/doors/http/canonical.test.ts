import t from 'tap'
import { CodedError } from '../../../../core/errors.ts'
import { canonicalHeaders } from '../../../../gateway/doors/http/canonical/headers.ts'
import { canonicalTarget } from '../../../../gateway/doors/http/canonical/target.ts'
import fc from '../../../support/properties.ts'
import { answerJson, house } from './house.ts'
import { raw } from './raw.ts'

const technique = (act: () => unknown): unknown => {
  try {
    act()
    return undefined
  } catch (error) {
    return error instanceof CodedError ? error.details.technique : error
  }
}

t.test('every other spelling of a target is refused by its name', async (t) => {
  const attacks: [string, string][] = [
    ['http://evil.example/x', 'absolute-target'],
    ['*', 'absolute-target'],
    ['/a/../b', 'path-traversal'],
    ['/a/%2e%2e/b', 'path-traversal'],
    ['/a/.%2E/b', 'path-traversal'],
    ['/./a', 'path-traversal'],
    ['/a%2Fb', 'encoded-slash'],
    ['/a%5Cb', 'backslash'],
    ['/a\\b', 'backslash'],
    ['/a%00', 'encoded-nul'],
    ['/a%0d%0ab', 'control-character'],
    ['/a%252e', 'double-encoding'],
    ['/a%25%32%65', 'double-encoding'],
    ['/a;b=1', 'path-parameter'],
    ['/a%3Bb', 'path-parameter'],
    ['//a', 'empty-segment'],
    ['/a//b', 'empty-segment'],
    ['/a%ff', 'invalid-utf8'],
    ['/a%c0%af', 'invalid-utf8'],
    ['/caf\u00e9', 'invalid-utf8'],
    ['/a?x=%ff', 'invalid-utf8'],
    ['/a?x=%00', 'encoded-nul'],
    ['/a?%2578=1', 'double-encoding'],
    ['/a?_method=DELETE', 'method-override'],
    [`/a?key=${'tw_'}abcdefgh12345678`, 'token-in-url'],
    ['/a?t=eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.sig', 'token-in-url'],
  ]
  for (const [target, name] of attacks)
    t.equal(
      technique(() => canonicalTarget(target)),
      name,
      target,
    )
})

t.test('honest targets keep their meaning', async (t) => {
  t.match(canonicalTarget('/v1/projects/my%20project/spans?limit=5&attribute=k%3Av&attribute=a+b'), {
    path: '/v1/projects/my project/spans',
    query: [
      ['limit', '5'],
      ['attribute', 'k:v'],
      ['attribute', 'a b'],
    ],
    encoded: '/v1/projects/my%20project/spans?limit=5&attribute=k%3Av&attribute=a%20b',
  })
  t.match(canonicalTarget("/t?filter=x+LIKE+'%25ab%25'"), { query: [['filter', "x LIKE '%ab%'"]] })
  t.match(canonicalTarget('/a/'), { path: '/a', encoded: '/a/' })
  t.match(canonicalTarget('/'), { path: '/', encoded: '/' })
})

t.test('what is written again for the backend reads the same again', async () => {
  const text = fc.string({ unit: 'binary' }).map((s) => s.replace(/[\u0000-\u001f\u007f]/g, ''))
  fc.assert(
    fc.property(fc.array(text, { maxLength: 4 }), fc.array(fc.tuple(text, text)), (segments, query) => {
      const written = `/${segments.map(encodeURIComponent).join('/')}?${query
        .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
        .join('&')}`
      let once: ReturnType<typeof canonicalTarget>
      try {
        once = canonicalTarget(written)
      } catch (error) {
        return error instanceof CodedError
      }
      const twice = canonicalTarget(once.encoded)
      return (
        twice.path === once.path &&
        twice.encoded === once.encoded &&
        JSON.stringify(twice.query) === JSON.stringify(once.query)
      )
    }),
  )
})

t.test('headers: one reading only, and an allow-list goes on', async (t) => {
  const of = (...raw: string[]) => canonicalHeaders(raw, 'tracewarden')
  t.equal(
    technique(() => of('Host', 'a', 'host', 'b')),
    'duplicate-host',
  )
  t.equal(
    technique(() => of('Content-Length', '1', 'content-length', '2')),
    'request-smuggling',
  )
  t.equal(
    technique(() => of('Content-Length', '1', 'Transfer-Encoding', 'chunked')),
    'request-smuggling',
  )
  t.equal(
    technique(() => of('Content-Length', '+1')),
    'request-smuggling',
  )
  t.equal(
    technique(() => of('Transfer-Encoding', 'gzip, chunked')),
    'request-smuggling',
  )
  t.equal(
    technique(() => of('Authorization', 'a', 'AUTHORIZATION', 'b')),
    'duplicate-header',
  )
  t.equal(
    technique(() => of('X-HTTP-Method-Override', 'DELETE')),
    'method-override',
  )
  const flood = Array.from({ length: 101 }, (_, i) => [`x-${i}`, '1']).flat()
  t.equal(
    technique(() => of(...flood)),
    'header-flood',
  )
  const kept = of(
    'Host',
    'h',
    'Cookie',
    'a=1; tracewarden=abc; b=2',
    'X-Original-URL',
    '/admin',
    'X-Remote-User',
    'root',
    'x_forwarded_for',
    '1.1.1.1',
    'X-Phoenix-Trace',
    'y',
    'Connection',
    'close, x-phoenix-trace',
    'Accept',
    '*/*',
  )
  t.strictSame({ ...kept.forward }, { accept: '*/*', cookie: 'a=1; b=2' })
  t.equal(kept.session, 'abc')
  t.strictSame(kept.bypass, ['url-override-header'])
  t.equal(of('Cookie', 'tracewarden=a; tracewarden=b').session, undefined, 'two of ours are none')
})

t.test(
  'on the wire: smuggling and floods reach no backend, refusals stand in the person’s record',
  async (t) => {
    let reached = 0
    const h = await house(t, {
      backend(_req, res) {
        reached++
        answerJson(res, {})
      },
    })
    h.newMinute()
    const head = `Host: x\r\nAuthorization: Bearer ${h.ann}\r\n`
    const send = (text: string) => raw(h.address(), text)
    const refusals = [
      `POST /ingest HTTP/1.1\r\n${head}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      `POST /ingest HTTP/1.1\r\n${head}Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef`,
      `POST /ingest HTTP/1.1\r\n${head}Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n`,
      `POST /ingest HTTP/1.1\r\n${head}Content-Length: -1\r\n\r\n`,
      `GET /traces/1 HTTP/1.1\r\n${head}Host: y\r\nConnection: close\r\n\r\n`,
      `GET http://evil/traces/1 HTTP/1.1\r\n${head}Connection: close\r\n\r\n`,
      `GET /traces/../x HTTP/1.1\r\n${head}Connection: close\r\n\r\n`,
      `GET /traces/1 HTTP/1.1\r\n${head}${Array.from({ length: 5000 }, (_, i) => `X-${i}: 1\r\n`).join('')}\r\n`,
      `GET /traces/1 HTTP/1.1\r\n${head}${Array.from({ length: 200 }, (_, i) => `X-${i}: 1\r\n`).join('')}Connection: close\r\n\r\n`,
      'GARBAGE\r\n\r\n',
    ]
    for (const text of refusals) t.match(await send(text), /^HTTP\/1\.1 400 /, text.slice(0, 40))
    t.match(await send(`OPTIONS /traces/1 HTTP/1.1\r\n${head}Connection: close\r\n\r\n`), /^HTTP\/1\.1 405 /)
    t.equal(reached, 0)
    t.match(
      h.told('trace-read').filter((e) => e.tracewarden.bypass?.includes('path-traversal')),
      [{ user: { id: 'ann' }, event: { outcome: 'failure', reason: /^TW_HTTP_TARGET/ } }],
    )
    t.ok(h.told('auth-failure').length <= 3, 'what came without a reading of its head is under the quota')
  },
)
