import t from 'tap'
import { profiles } from '../../../../../gateway/doors/http/profiles/index.ts'
import { traceqlPredicates } from '../../../../../gateway/doors/http/profiles/tempo/traceql.ts'
import fc from '../../../../support/properties.ts'
import { answerJson, house } from '../house.ts'
import { ask, factsOf, leaves, matches, shapeOf, wire } from './kit.ts'

const { tempo } = profiles
const TRACE = '7bc2cc7cbd1d53bbf70fa9462963bd70'
const fields = (source: string) => traceqlPredicates(source).map(({ field }) => field)
const structural = shapeOf({ response: ask(tempo, 'GET', '/api/search').route!.response }).structural

t.test('every reference of a TraceQL query is a predicate, under one name', async (t) => {
  for (const [source, expected] of [
    ['{}', []],
    ['{ true }', []],
    [
      '{ resource.service.name = "agent" && duration > 1.5s }',
      ['resource.service.name', 'intrinsic.duration'],
    ],
    ['{ .service.name =~ "a.*" || status = error }', ['resource.service.name', 'intrinsic.status']],
    ['{ span.http.status_code >= 500 } | count() > 2', ['span.http.status_code']],
    ['{ span:duration > 2h30m } >> { kind = server }', ['intrinsic.duration', 'intrinsic.kind']],
    [
      '{} | by(resource.service.name) | select(span.gen_ai.prompt)',
      ['resource.service.name', 'span.gen_ai.prompt'],
    ],
    ['{ parent.span.secret != nil }', ['span.secret']],
    ['{ ."api key" = `AKIA` }', ['span.api key']],
    ['{ span."gen_ai.prompt" =~ "AK" }', ['span.gen_ai.prompt']],
    ['{ event.message = "x" !>> {} }', ['event.message']],
    ['{ trace:rootName = "x" } | rate() by (span.user.id)', ['intrinsic.rootName', 'span.user.id']],
    ['{ statusMessage = "x" }', ['unknown.statusMessage']],
  ] as const)
    t.same(fields(source), expected, source)
  for (const name of [
    'span.gen_ai.prompt',
    'event.message',
    'unknown.statusMessage',
    'span.api key',
    'resource.note',
  ])
    t.notOk(matches(structural, name.split('.')), name)
})

t.test('a query that could be read in two ways is refused', async (t) => {
  for (const source of [
    '{ true /* " */ && span.secret = "x" }',
    '{ true // "\n && span.secret = "x" }',
    '{ "a""b" = span.x }',
    '{ span.x = "open }',
    '{ span.x = "a\n" }',
    '{ ＳPAN.x = 1 }',
    '{ span.x @ 1 }',
    `{ ${'span.x = 1 && '.repeat(2000)} true }`,
  ])
    t.throws(() => fields(source), { code: 'TW_PROFILE_FILTER' }, source.slice(0, 60))
})

t.test('whatever stands in its strings, the same fields are found, or the query is refused', async (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary-ascii' }), (text) => {
      const quoted = JSON.stringify(text)
      t.same(fields(`{ span.a = ${quoted} && span.b = "x" }`), ['span.a', 'span.b'])
    }),
    { numRuns: 300 },
  )
})

t.test('searches, tags and their values, traces', async (t) => {
  const q = encodeURIComponent('{ span.gen_ai.prompt =~ "AKIA.*" }')
  const search = factsOf(tempo, 'GET', `/api/search?q=${q}&limit=5&spss=3`)
  t.match(search, {
    does: 'search',
    requested: 5,
    predicates: [{ field: 'span.gen_ai.prompt', use: 'filter' }],
  })
  t.notMatch(search.shape, /AKIA/)
  const old = factsOf(
    tempo,
    'GET',
    `/api/search?tags=${encodeURIComponent('service.name=agent db.note="a b"')}&minDuration=1s`,
  )
  t.same(
    old.predicates?.map(({ field }) => field),
    ['resource.service.name', 'span.db.note', 'intrinsic.traceDuration'],
  )
  t.match(factsOf(tempo, 'GET', '/api/search/tag/gen_ai.prompt/values').predicates, [
    { field: 'span.gen_ai.prompt', use: 'group' },
  ])
  t.match(factsOf(tempo, 'GET', '/api/v2/search/tag/resource.service.name/values').predicates, [
    { field: 'resource.service.name' },
  ])
  t.match(
    factsOf(tempo, 'GET', `/api/metrics/query_range?q=${encodeURIComponent('{} | rate() by (span.note)')}`)
      .predicates,
    [{ field: 'span.note', use: 'aggregate' }],
  )
  t.match(factsOf(tempo, 'GET', `/api/v2/traces/${TRACE}?start=1&end=2`), { does: 'read', traceIds: [TRACE] })
  t.equal(factsOf(tempo, 'POST', '/flush').does, 'admin')
  t.equal(factsOf(tempo, 'POST', '/v1/traces', '').does, 'write')
  for (const url of [
    '/api/search?q={}&q={}',
    '/api/search?filter=x',
    `/api/traces/${TRACE}?format=protobuf`,
    '/api/search?tags=%22',
  ])
    t.throws(() => factsOf(tempo, 'GET', url), { code: /^TW_PROFILE_/ }, url)
  t.equal(ask(tempo, 'GET', '/querier/api/traces/1').route, undefined)
})

t.test('in the documented shapes, what carries a planted secret is content', async (t) => {
  for (const [file, url] of [
    ['search', '/api/search'],
    ['trace', `/api/traces/${TRACE}`],
  ] as const) {
    const shape = shapeOf({ response: ask(tempo, 'GET', url).route!.response })
    const found = leaves(JSON.parse(wire(`tempo/${file}.json`)))
    const secret = found.filter(({ text }) => text.includes('PLANTED'))
    t.ok(secret.length > 0, `${file}: secrets are there`)
    for (const { path } of secret) t.notOk(matches(shape.structural, path), path.join('.'))
    t.ok(found.some(({ path }) => matches(shape.traceId, path)))
    t.ok(found.some(({ path }) => matches(shape.time, path)))
  }
})

t.test('through the door: JSON whatever is asked for, lists without content, oracles refused', async (t) => {
  const accepted: unknown[] = []
  const h = await house(t, {
    connection: { profile: 'tempo', routes: [] },
    backend: (req, res) => {
      accepted.push(req.headers.accept)
      answerJson(
        res,
        JSON.parse(wire(req.url?.startsWith('/api/traces/') ? 'tempo/trace.json' : 'tempo/search.json')),
      )
    },
  })
  const one = await h.get(`/api/traces/${TRACE}`, { headers: { accept: 'application/protobuf' } })
  t.match(one, { status: 200, text: /PLANTED/ })
  t.strictSame(accepted, ['application/json'])
  const list = await h.get('/api/search?q=%7B%7D')
  t.match(list.text, /"rootTraceName":"chat gpt"/)
  t.notMatch(list.text, /PLANTED/)
  t.match(await h.get('/api/v2/search/tag/span.gen_ai.prompt/values'), {
    status: 403,
    text: /TW_POLICY_ORACLE/,
  })
})
