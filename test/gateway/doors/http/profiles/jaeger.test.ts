import t from 'tap'
import { profiles } from '../../../../../gateway/doors/http/profiles/index.ts'
import { answerJson, house } from '../house.ts'
import { ask, factsOf, leaves, matches, shapeOf, wire } from './kit.ts'

const { jaeger } = profiles
const TRACE = '7bc2cc7cbd1d53bbf70fa9462963bd70'
const fields = (url: string) => (factsOf(jaeger, 'GET', url).predicates ?? []).map(({ field }) => field)

t.test('a search tells its service, what it tests and the size of its page', async (t) => {
  const tags = encodeURIComponent(JSON.stringify({ error: 'true', 'gen_ai.prompt': 'AKIA' }))
  const facts = factsOf(
    jaeger,
    'GET',
    `/api/traces?service=agent&operation=chat&minDuration=1s&limit=20&tags=${tags}&tag=k:v:w`,
  )
  t.match(facts, { does: 'search', collection: 'agent', requested: 20 })
  t.same(
    facts.predicates?.map(({ field }) => field),
    [
      'span.serviceName',
      'span.operationName',
      'span.duration',
      'span.tags.error',
      'span.tags.gen_ai.prompt',
      'span.tags.k',
    ],
  )
  t.notMatch(facts.shape, /AKIA|:v/)
  const { structural } = shapeOf({ response: ask(jaeger, 'GET', '/api/traces').route!.response })
  t.ok(matches(structural, ['span', 'tags', 'error']))
  t.notOk(matches(structural, ['span', 'tags', 'gen_ai', 'prompt']), 'content is no structure')
})

t.test('traces that are named are read; searches by newer names are searches', async (t) => {
  t.match(factsOf(jaeger, 'GET', `/api/traces?traceID=${TRACE}&traceID=ab`), {
    does: 'read',
    traceIds: [TRACE, 'ab'],
  })
  t.match(factsOf(jaeger, 'GET', `/api/traces/${TRACE}`), { does: 'read', traceIds: [TRACE] })
  t.match(factsOf(jaeger, 'GET', `/api/v3/traces/${TRACE.toUpperCase()}`), { traceIds: [TRACE] })
  const asked = ['service_name=agent', 'operation_name=x', 'start_time_min=2026-01-01T00:00:00Z']
  const v3 = (names: readonly string[]) => `/api/v3/traces?${names.map((name) => `query.${name}`).join('&')}`
  t.same(fields(v3(asked)), ['span.serviceName', 'span.operationName', 'span.startTime'])
  const camel = asked.map((name) => name.replace(/_([a-z])(?=[^=]*=)/g, (_, letter) => letter.toUpperCase()))
  t.same(fields(v3(camel)), fields(v3(asked)), 'in either spelling')
})

t.test('what is not known is refused, and what leaves by another way is an export', async (t) => {
  for (const url of [
    '/api/traces?service=a&filter=x',
    '/api/traces?service=a&service=b',
    '/api/traces?service=a&tags={"a":{"b":1}}',
    '/api/traces?service=a&tags={"a":1,"a":2}',
    '/api/traces?service=a&limit=many',
    '/api/v3/traces?query.service_name=a&query.serviceName=b',
    `/api/traces/${TRACE}?format=proto`,
  ])
    t.throws(() => factsOf(jaeger, 'GET', url), { code: /^TW_PROFILE_/ }, url)
  t.equal(factsOf(jaeger, 'POST', `/api/archive/${TRACE}`).does, 'export')
  t.equal(ask(jaeger, 'POST', '/api/traces').route, undefined)
  t.equal(ask(jaeger, 'GET', '/api/whatever').route, undefined)
})

t.test('on the real wire, what carries a planted secret is content in both encodings', async (t) => {
  for (const [file, url] of [
    ['traces', '/api/traces?service=agent'],
    ['trace-v3', `/api/v3/traces/${TRACE}`],
  ] as const) {
    const { route } = ask(jaeger, 'GET', url)
    const shape = shapeOf({ response: route!.response })
    const found = leaves(JSON.parse(wire(`jaeger/${file}.json`)))
    const secret = found.filter(({ text }) => text.includes('PLANTED'))
    t.equal(secret.length, 4, `${file}: secrets are there`)
    for (const { path } of secret) t.notOk(matches(shape.structural, path), path.join('.'))
    const ids = found.filter(({ path }) => matches(shape.traceId, path)).map(({ text }) => text)
    t.strictSame([...new Set(ids)], [TRACE])
    t.ok(found.some(({ path }) => matches(shape.time, path)))
  }
})

t.test(
  'through the door: lists show names and times, a trace shows itself, masked by the names of its tags',
  async (t) => {
    const h = await house(t, {
      connection: { profile: 'jaeger', routes: [] },
      masking: { fields: [{ name: 'tool_args', paths: ['**.gen_ai.tool.args'] }] },
      backend: (req, res) => {
        if (req.url?.startsWith('/api/v3/traces/'))
          res
            .writeHead(200, { 'content-type': 'text/plain; charset=utf-8' })
            .end(wire('jaeger/trace-v3.json'))
        else answerJson(res, JSON.parse(wire('jaeger/traces.json')))
      },
    })
    const list = await h.get('/api/traces?service=agent')
    t.equal(list.status, 200)
    t.match(list.text, /"operationName":"chat gpt"/)
    t.match(list.text, /"serviceName":"agent"/)
    t.notMatch(list.text, /PLANTED/)
    for (const path of [`/api/traces/${TRACE}`, `/api/v3/traces/${TRACE}`]) {
      const one = await h.get(path)
      t.match(one.text, /"key":"gen_ai.prompt".{0,50}PLANTED/, 'content of the one trace is shown')
      t.match(one.text, /"key":"gen_ai.tool.args".{0,40}\[masked:tool_args\]/, 'a hidden tag is not')
    }
    t.match(
      h.told('trace-read').map(({ tracewarden }) => tracewarden.traces),
      [
        { count: 1, ids: [TRACE] },
        { count: 1, ids: [TRACE] },
      ],
    )
    t.match(await h.get('/api/traces?service=agent&tag=gen_ai.prompt:PLANTED'), {
      status: 403,
      text: /TW_POLICY_ORACLE/,
    })
  },
)
