import t from 'tap'
import { endpoints } from '../../../alerts/console/api/endpoints.ts'
import { sample } from '../../collector/samples.ts'
import { eventually, finding, writeFinding } from '../office.ts'
import { type Answer, json, openHouse } from './house.ts'
import { strange } from './strange.ts'

const house = await openHouse(t)

t.test('every answer carries the headers that keep a browser safe', async (t) => {
  const answers = {
    'a page': house.page('/approvals', 'ada'),
    'the sign-in': house.page('/sign-in'),
    'a redirect': house.page('/alerts'),
    'a refusal': house.page('/alerts', 'ada'),
    'an unknown page': house.page('/nowhere', 'ada'),
    'wrong input': house.page('/alerts?status=odd', 'sue'),
    'a form refused': house.form('/alerts/x/close', 'sue', {}, { csrf: 'x' }),
    'the API': house.api('/health', 'ada'),
    'an error of the API': house.api('/alerts', 'ada'),
    'the OpenAPI document': house.send('/api/v1/openapi.json'),
    'the style sheet': house.send('/assets/console.css'),
  }
  for (const [name, asked] of Object.entries(answers)) {
    const { headers } = await asked
    const policy = headers.get('content-security-policy') ?? ''
    t.match(policy, /^default-src 'none'.*frame-ancestors 'none'; base-uri 'none'$/, name)
    t.notMatch(policy, /unsafe|\*|data:/, name)
    t.equal(headers.get('x-content-type-options'), 'nosniff', name)
    t.equal(headers.get('referrer-policy'), 'no-referrer', name)
    if (name !== 'the style sheet') t.equal(headers.get('cache-control'), 'no-store', name)
  }
})

t.test('malformed search, paging and filters are told, not guessed at and not a crash', async (t) => {
  const wrong: Record<string, readonly string[]> = {
    '/alerts': [
      'status=odd',
      'severity=worst',
      'limit=0',
      'limit=1e9',
      'limit=x',
      'after=x',
      'after=%5B1%5D',
      `text=${'x'.repeat(300)}`,
      'from=yesterday',
    ],
    '/approvals': ['status=odd', 'limit=-1', 'after=%7B%7D'],
    '/sessions': ['from=yesterday', 'to=2026-13-45', 'limit=many', `user=${'x'.repeat(300)}`],
    '/events': ['after=x', 'after=1.x', 'outcome=maybe', 'from=1'],
  }
  for (const [path, queries] of Object.entries(wrong))
    for (const query of queries) {
      const answer = await house.api(`${path}?${query}`, 'sue')
      t.equal(answer.status, 400, `${path}?${query}`)
      t.match((await json(answer)).code, /^TW_(CONSOLE_INPUT|STORE_INVALID)$/)
      if (path === '/events') continue
      const page = await house.page(`${path}?${query}`, 'sue')
      t.equal(page.status, 400, `page ${path}?${query}`)
      t.match(await page.text(), /TW_(CONSOLE_INPUT|STORE_INVALID)/)
    }
  t.equal((await house.api('/alerts?limit=1&limit=2', 'sue')).status, 400, 'a name given twice')
  t.equal((await house.api('/alerts?colour=red', 'sue')).status, 400, 'a name that is not known')
  t.equal((await house.page('/alerts?status=&user=&utm=x', 'sue')).status, 200, 'an empty field is none')
  t.equal(
    (await house.page('/sessions?from=2026-11-20T09:00&to=2026-11-21', 'sue')).status,
    200,
    'as a browser sends times',
  )
})

t.test('unknown ids, pages and odd paths are 404, for people and for programs', async (t) => {
  for (const path of [
    '/alerts/none',
    '/approvals/none',
    '/sessions/none',
    '/users/none',
    '/nowhere',
    '/alerts/a/b',
  ]) {
    const page = await house.page(path, 'sue')
    t.equal(page.status, 404, path)
    t.match(await page.text(), /<h1>There is no/)
  }
  for (const path of ['/alerts/none', '/events/none', '/nowhere', '/users/none', '/alerts/%2e%2e%2fhealth']) {
    const answer = await house.api(path, 'sue')
    t.equal(answer.status, 404, path)
    t.match(answer.headers.get('content-type'), /^application\/problem\+json/, path)
  }
  for (const path of [
    '/alerts/%zz',
    '/api/v1/alerts/%zz',
    `/alerts/${'x'.repeat(300)}`,
    `/alerts/${'x'.repeat(3000)}`,
  ]) {
    const answer = await house.page(path, 'sue')
    t.equal(answer.status, 400, path)
    t.match(await answer.text(), 'TW_CONSOLE_INPUT')
    t.match(answer.headers.get('content-security-policy'), "default-src 'none'")
  }
  t.equal((await house.page('/alerts/%00', 'sue')).status, 404)
})

t.test('errors of the API are problem documents, whatever was sent', async (t) => {
  const authorization = `Bearer ${await house.tokenOf('sue')}`
  const post = (body: string, type = 'application/json') =>
    house.send('/api/v1/alerts/x/close', {
      method: 'POST',
      headers: { authorization, 'content-type': type },
      body,
    })
  const cases: [Promise<Response>, number, string][] = [
    [post('{'), 400, 'TW_CONSOLE_INPUT'],
    [post(''), 400, 'TW_CONSOLE_INPUT'],
    [post('[]'), 400, 'TW_CONSOLE_INPUT'],
    [post('"x"'), 400, 'TW_CONSOLE_INPUT'],
    [post('null'), 400, 'TW_CONSOLE_INPUT'],
    [post('{"verdict":"benign","reason":"x","status":"open"}'), 400, 'TW_CONSOLE_INPUT'],
    [post('{"verdict":"benign","reason":"x","id":"y"}'), 404, 'TW_ALERT_UNKNOWN'],
    [post('{"__proto__":{"verdict":"benign"},"reason":"x"}'), 400, 'TW_CONSOLE_INPUT'],
    [post('<a/>', 'application/xml'), 415, 'TW_CONSOLE_MEDIA'],
    [post(JSON.stringify({ reason: 'x'.repeat(100_000) })), 413, 'TW_CONSOLE_TOO_LARGE'],
    [house.api('/alerts/x/close', 'sue', { verdict: 'benign', reason: ' ' }), 400, 'TW_CONSOLE_INPUT'],
    [house.api('/users/ada/restore', 'sue', { reason: 'x' }), 403, 'TW_CONSOLE_ROLE'],
    [
      house.send('/api/v1/alerts', { headers: { authorization: 'Bearer tw_nonsense' } }),
      401,
      'TW_AUTH_MALFORMED',
    ],
    [house.send('/api/v1/alerts', { headers: { authorization: 'Basic dTpw' } }), 401, 'TW_CONSOLE_SIGN_IN'],
  ]
  for (const [asked, status, code] of cases) {
    const answer = await asked
    t.equal(answer.status, status, code)
    t.match(answer.headers.get('content-type'), /^application\/problem\+json/)
    t.match(await answer.json(), {
      code,
      status,
      type: `urn:tracewarden:error:${code}`,
      title: /./,
      detail: /./,
    })
  }
})

t.test('a form too large is refused with a page', async (t) => {
  for (const path of ['/sign-in', '/alerts/x/close']) {
    const answer = await house.form(path, 'sue', { reason: 'x'.repeat(100_000) })
    t.equal(answer.status, 413)
    t.match(await answer.text(), /What was sent is too large/)
  }
})

t.test('the OpenAPI document describes every call, complete in itself', async (t) => {
  interface Operation {
    operationId: string
    summary: string
    parameters: { name: string; in: string; schema?: { type?: string } }[]
    requestBody?: { content: Record<string, { schema: { required: string[]; properties: object } }> }
    responses: object
  }
  const document = (await (await house.send('/api/v1/openapi.json')).json()) as {
    openapi: string
    servers: { url: string }[]
    paths: Record<string, Record<string, Operation>>
  }
  t.match(document.openapi, /^3\.1\./)
  t.notMatch(JSON.stringify(document), '"$ref"')
  const prefix = document.servers[0]?.url ?? ''
  const described = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map(
      (method) => `${method.toUpperCase()} ${prefix}${path.replace(/\{(\w+)\}/g, ':$1')}`,
    ),
  )
  const served = house.routes
    .filter(
      ({ url, method }) => url.startsWith(`${prefix}/`) && !url.endsWith('openapi.json') && method !== 'HEAD',
    )
    .map(({ method, url }) => `${method} ${url}`)
  t.strictSame(described.sort(), served.sort())
  t.equal(described.length, endpoints.length)
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  )
  t.equal(new Set(operations.map(({ operation }) => operation.operationId)).size, operations.length)
  for (const { path, method, operation } of operations) {
    const placeholders = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1])
    t.strictSame(
      operation.parameters.filter((p) => p.in === 'path').map((p) => p.name),
      placeholders,
      path,
    )
    for (const parameter of operation.parameters)
      t.type(parameter.schema, Object, `${path} ${parameter.name}`)
    t.ok(operation.summary && operation.responses, path)
    if (method === 'get') t.notOk(operation.requestBody, path)
    for (const { schema } of Object.values(operation.requestBody?.content ?? {}))
      for (const name of schema.required) t.ok(name in schema.properties, `${path} ${name}`)
  }
})

t.test('lists are gone through page by page, each thing once', async (t) => {
  for (let i = 0; i < 7; i++)
    await house.ask('ben', { logical: `hmac:${i}`, traces: { count: 2, ids: [`x${i}`, 'y'] } })
  for (const user of ['ben', 'rita', 'sue'] as const) {
    const seen: string[] = []
    let after = ''
    do {
      const page: Answer = await json(
        house.api(`/approvals?limit=3${after && `&after=${encodeURIComponent(after)}`}`, user),
      )
      seen.push(...(page.approvals ?? []).map(({ id }) => id))
      after = page.next ?? ''
    } while (after)
    t.equal(seen.length, 7, user)
    t.equal(new Set(seen).size, 7)
  }
  const first = await (await house.page('/approvals?limit=3', 'sue')).text()
  const next = /rel="next" href="([^"]+)"/.exec(first)?.[1]?.replaceAll('&amp;', '&') ?? ''
  t.equal((await house.page(next, 'sue')).status, 200)
})

t.test('sessions come latest first, however long ago, with whole sums', async (t) => {
  const now = house.clock.now()
  const day = 86_400_000
  const at = (ms: number) => new Date(now - ms).toISOString()
  await house.store.append([
    sample(1, { id: 'e1', user: 'zoe', session: 'new', at: at(60e3), traces: 5 }),
    sample(2, { id: 'e2', user: 'zoe', session: 'new', at: at(30e3), traces: 6 }),
    sample(3, { id: 'e3', user: 'abe', session: 'older', at: at(3 * day), traces: 1 }),
    sample(4, { id: 'e4', user: 'abe', session: 'oldest', at: at(700 * day), traces: 1 }),
  ])
  const { sessions } = (await (await house.api('/sessions?limit=2', 'sue')).json()) as {
    sessions: { session: string; traces: number }[]
  }
  t.match(sessions, [{ session: 'new', traces: 11 }, { session: 'older' }])
  const all = await (await house.page('/sessions', 'sue')).text()
  t.ok(all.indexOf('older') < all.indexOf('oldest') && all.indexOf('older') > 0)
  t.match(await (await house.api('/events/e1', 'sue')).json(), { event: { id: 'e1' } })
  const page = await (await house.page('/sessions/new', 'sue')).text()
  t.match(page, /There is none: this session was not recorded/)
})

t.test('whatever is in names, ids, shapes and reasons, a page shows it as text', async (t) => {
  const nasty = [
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    'javascript:alert(1)',
    '\u202Etxt.exe\u0000\u001b[31m\u2066',
    '</textarea></title><svg onload=alert(1)>',
    '../../sign-out?x=1#y',
    '<i>'.repeat(34_000),
  ]
  const stop = new AbortController()
  const running = house.alerts.run(stop.signal)
  let sequence = 100
  for (const [i, text] of nasty.entries()) {
    const short = text.slice(0, 190)
    await house.store.append([
      sample(++sequence, {
        id: `n${i}${short}`.slice(0, 190),
        user: short,
        session: short,
        reason: text.slice(0, 30_000),
        shape: text.slice(0, 30_000),
        collection: short,
        connection: short,
        rules: [short],
        at: new Date(house.clock.now()).toISOString(),
      }),
    ])
    const extra = { note: text, list: [text], deep: { [short]: text } }
    const evidence = {
      observed: 3,
      low: 1,
      high: 2,
      expected: 1,
      sessions: [short],
      events: [`n${i}${short}`.slice(0, 190)],
    }
    await writeFinding(
      house.store,
      finding(`nasty-${i}`, {
        summary: text.slice(0, 1000),
        detector: short,
        user: { id: short },
        subject: { kind: 'person', id: short },
        evidence: { ...evidence, ...extra },
        incident: short,
        threat: { technique: { id: [short] } },
      }),
      `nasty-${i}`,
    )
    await house.ask('ben', {
      logical: `hmac:nasty${i}`,
      collection: short,
      route: text,
      shape: text,
      reason: text,
      rules: [text],
      fields: i % 2 ? [text] : [],
      traces: { count: i + 1, ids: [text] },
    })
  }
  house.alerts.wake()
  for (const i of nasty.keys()) await eventually(() => house.alerts.get(`nasty-${i}`), `alert nasty-${i}`)
  stop.abort()
  await running

  const { approvals = [] } = await json(house.api('/approvals?limit=200', 'sue'))
  const paths = [
    '/alerts',
    '/approvals',
    '/sessions',
    ...nasty.map((_, i) => `/alerts/nasty-${i}`),
    ...nasty.flatMap((text) => {
      const id = encodeURIComponent(text.slice(0, 190))
      return [
        `/sessions/${id}`,
        `/users/${id}`,
        `/alerts?user=${id}&text=${id}&detector=${id}`,
        `/sessions?text=${id}`,
      ]
    }),
    ...approvals.map(({ id }) => `/approvals/${id}`),
  ]
  for (const path of paths) {
    const answer = await house.page(path, 'sue')
    const page = await answer.text()
    t.ok(answer.status === 200 || answer.status === 404, `${answer.status} ${path.slice(0, 60)}`)
    t.strictSame(strange(page), [], path.slice(0, 60))
  }
})
