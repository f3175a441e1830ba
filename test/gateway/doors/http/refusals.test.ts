import t from 'tap'
import { answerJson, type Handler, house, until } from './house.ts'
import { raw } from './raw.ts'

const trace: Handler = (req, res) => answerJson(res, { trace_id: req.url, text: 'x' })

t.test('without identity: 401, and events under a quota of their own', async (t) => {
  const h = await house(t, { backend: trace })
  h.newMinute()
  for (let i = 0; i < 10; i++) {
    const answer = await h.get('/traces/1', { token: i % 2 ? '' : 'tw_nobody_knows_this' })
    t.equal(answer.status, 401)
    t.match(answer.headers['www-authenticate'], /Bearer/)
  }
  await until(() => h.told('auth-failure').length >= 2)
  t.equal(h.told('auth-failure').length, 2)
  h.advance(61_000)
  await h.get('/traces/1', { token: '' })
  await until(() => h.told('auth-failure').length >= 4)
  t.match(
    h.told('auth-failure')[2],
    { tracewarden: { aggregated: 8 } },
    'the rest of the minute is one event',
  )
  t.equal((await h.get('/traces/1')).status, 200, 'and who is signed in is served')
})

t.test(
  'the token may be the password of Basic or api_key, but not two at once, nor in the URL',
  async (t) => {
    const h = await house(t, { backend: trace })
    const basic = `Basic ${Buffer.from(`ann:${h.ann}`).toString('base64')}`
    t.equal((await h.get('/traces/1', { token: '', headers: { authorization: basic } })).status, 200)
    t.equal((await h.get('/traces/1', { token: '', headers: { api_key: h.ann } })).status, 200)
    t.equal((await h.get('/traces/1', { headers: { api_key: h.bob } })).status, 400)
    t.match(await h.get(`/traces/1?api_key=${h.ann}`), { status: 400, text: /TW_HTTP_TOKEN_IN_URL/ })
  },
)

t.test('refused routes: unknown, export and admin, each with an event that says so', async (t) => {
  let reached = 0
  const h = await house(t, {
    backend: (_q, s) => {
      reached++
      answerJson(s, {})
    },
  })
  const unknown = await h.get('/nobody/knows')
  t.equal(unknown.status, 403)
  t.match(JSON.parse(unknown.text), { code: 'TW_POLICY_UNKNOWN_ROUTE', error_code: String, message: String })
  t.match(await h.get('/export'), { status: 403, text: /TW_POLICY_EXPORT/ })
  t.equal((await h.get('/traces/1', { method: 'DELETE' })).status, 403)
  t.equal(reached, 0)
  t.match(h.told('trace-export'), [
    { event: { outcome: 'failure' }, tracewarden: { verdict: 'block', rules: ['block-export'] } },
  ])
  t.match(h.told('policy-tamper'), [{ user: { id: 'ann' }, event: { outcome: 'failure' } }])
})

t.test('a suspended person is refused at once, and the sessions end as killed', async (t) => {
  const h = await house(t, { backend: trace })
  t.equal((await h.get('/traces/1')).status, 200)
  await h.identity.suspend('ann', 'bob', 'test')
  t.equal((await h.get('/traces/1')).status, 403)
  await until(() => h.told('session-end').length > 0)
  t.match(h.told('session-end'), [
    { user: { id: 'ann' }, tracewarden: { session: { end: 'killed', traces: 1 } } },
  ])
  t.equal((await h.get('/traces/1', { token: h.bob })).status, 200)
})

t.test('no record, no data: a full disk answers 503 and shows nothing', async (t) => {
  const h = await house(t, { backend: trace })
  h.failDisk((draft) => draft.event.action === 'trace-read')
  const answer = await h.get('/traces/1')
  t.match(answer, { status: 503, text: /TW_DOOR_UNRECORDED/ })
  t.notMatch(answer.text, /trace_id/)
  t.match(await h.get('/export'), { status: 403 }, 'a refusal that can be recorded stays one')
  h.failDisk(() => true)
  t.match(await h.get('/export'), { status: 503 })
  h.failDisk(undefined)
  t.equal((await h.get('/traces/1')).status, 200)
})

t.test('request bodies: too large, cut short, compressed, not UTF-8', async (t) => {
  const bodies: string[] = []
  const h = await house(t, {
    connection: { max_body: '1KiB' },
    backend(req, res) {
      let body = ''
      req.on('data', (chunk) => {
        body += chunk
      })
      req.on('end', () => {
        bodies.push(body)
        answerJson(res, {})
      })
    },
  })
  const json = { 'content-type': 'application/json' }
  const post = (body: string | Buffer, headers = {}) =>
    h.get('/ingest', { method: 'POST', body: body as string, headers: { ...json, ...headers } })
  t.equal((await post('{}')).status, 200)
  t.match(await post('x'.repeat(2000)), { status: 413, text: /TW_HTTP_BODY_TOO_LARGE/ })
  const { gzipSync } = await import('node:zlib')
  t.equal((await post(gzipSync('{"a":1}'), { 'content-encoding': 'gzip' })).status, 200)
  t.equal((await post(gzipSync('x'.repeat(9000)), { 'content-encoding': 'gzip' })).status, 415, 'a bomb')
  t.equal((await post('nonsense', { 'content-encoding': 'gzip' })).status, 415)
  t.equal((await post(Buffer.from([123, 255, 125]))).status, 415)
  t.match(await post('{}', { 'content-type': 'application/json; charset=utf-16' }), { status: 415 })
  t.strictSame(bodies, ['{}', '{"a":1}'], 'the backend saw what policy read')
  const head = `POST /ingest HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${h.ann}\r\nContent-Length: 10\r\n\r\n`
  await raw(h.address(), `${head}abc`, true)
  t.equal(bodies.length, 2, 'half a body goes nowhere')
})

t.test('a browser’s cookie: set by the sign-in page, useless to other sites', async (t) => {
  const h = await house(t, { backend: trace })
  const html = { accept: 'text/html', 'sec-fetch-site': 'none' }
  const first = await h.get('/traces/1?x=1', { token: '', headers: html })
  t.match(first, { status: 303, headers: { location: '/.tracewarden/login?next=%2Ftraces%2F1%3Fx%3D1' } })
  const page = await h.get(`${first.headers.location}`, { token: '' })
  t.match(page, { status: 200, text: /<form method="post"/ })
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  const login = (token: string, headers = {}, next = '/traces/1?x=1') =>
    h.get('/.tracewarden/login', {
      method: 'POST',
      token: '',
      body: new URLSearchParams({ token, next }).toString(),
      headers: { ...form, ...headers },
    })
  t.equal((await login(h.ann, { 'sec-fetch-site': 'cross-site' })).status, 403)
  t.equal((await login('wrong')).status, 401)
  t.match(await login(h.ann, {}, 'https://evil.example/'), { headers: { location: '/' } })
  const signed = await login(h.ann)
  t.match(signed, { status: 303, headers: { location: '/traces/1?x=1' } })
  const set = `${signed.headers['set-cookie']}`
  t.match(set, /^tracewarden=.+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+$/)
  const cookie = set.split(';')[0]!
  const as = (headers: Record<string, string>) =>
    h.get('/traces/1', { token: '', headers: { cookie, ...headers } })
  t.equal((await as({ 'sec-fetch-site': 'same-origin' })).status, 200)
  t.equal((await as({ 'sec-fetch-site': 'none' })).status, 200)
  t.match(await as({ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }), { status: 403 })
  t.equal((await as({ 'sec-fetch-site': 'same-site' })).status, 403)
  t.equal((await as({ origin: 'http://evil.example' })).status, 403)
  t.equal((await as({ origin: `http://${h.address()}` })).status, 200)
  t.equal((await as({})).status, 403, 'nobody says where it comes from')
  t.ok(h.told('login').length >= 1)
  const out = await h.get('/.tracewarden/logout', {
    token: '',
    headers: { cookie, 'sec-fetch-site': 'same-origin' },
  })
  t.match(out, { status: 303 })
  t.match((await as({ 'sec-fetch-site': 'same-origin' })).status, 401)
  t.match(h.told('session-end').at(-1), { tracewarden: { session: { end: 'client' } } })
})

t.test('a request that the store does not like is told so, and is no oracle', async (t) => {
  const h = await house(t, {
    backend: (_req, res) => answerJson(res, { error_code: 'INVALID_PARAMETER_VALUE', message: 'no' }, 400),
    connection: { profile: 'mlflow', routes: [] },
  })
  const body = JSON.stringify({ experiment_ids: ['1'], dimensions: ['trace_status'] })
  const answer = await h.get('/ajax-api/3.0/mlflow/traces/metrics', {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json' },
  })
  t.equal(answer.status, 400)
  t.match(JSON.parse(answer.text), { error_code: 'INVALID_PARAMETER_VALUE' })
  t.same(
    h.events.flatMap((e) => e.tracewarden.bypass ?? []),
    [],
  )
})
