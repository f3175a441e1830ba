import t from 'tap'
import { profiles } from '../../../../../gateway/doors/http/profiles/index.ts'
import { answerJson, house } from '../house.ts'
import { ask, factsOf, leaves, matches, shapeOf, wire } from './kit.ts'

const { langfuse } = profiles
const api = (path: string) => `/api/public/${path}`
const filter = (...conditions: object[]) => `filter=${encodeURIComponent(JSON.stringify(conditions))}`
const facts = (path: string) => factsOf(langfuse, 'GET', api(path))
const fields = (path: string) => (facts(path).predicates ?? []).map(({ field }) => field)
const structural = shapeOf({ response: ask(langfuse, 'GET', api('traces')).route!.response }).structural
const isStructural = (field: string) => matches(structural, field.split('.'))

t.test('searches tell what they test: parameters, filters, orders', async (t) => {
  t.same(
    fields(
      `traces?userId=u&fromTimestamp=2026-01-01T00:00:00Z&tags=a&tags=b&orderBy=timestamp.asc&${filter(
        { type: 'string', column: 'input', operator: 'contains', value: 'AKIA' },
        { type: 'stringObject', column: 'metadata', key: 'note', operator: 'starts with', value: 'x' },
      )}`,
    ),
    [
      'trace.userId',
      'trace.tags',
      'trace.timestamp',
      'trace.input',
      'trace.metadata.note',
      'trace.timestamp',
    ],
  )
  t.same(fields('v2/observations?type=GENERATION&fromStartTime=2026-01-01T00:00:00Z'), [
    'observation.type',
    'observation.startTime',
  ])
  t.same(fields('v2/scores?value=0.5&operator=%3E'), ['score.value'])
  t.same(fields('v3/scores?value=angry'), ['score.stringValue'])
  for (const field of [
    'trace.timestamp',
    'observation.type',
    'score.value',
    'trace.totalCost',
    'trace.sessionId',
  ])
    t.ok(isStructural(field), field)
  for (const field of [
    'trace.input',
    'trace.userId',
    'trace.name',
    'trace.tags',
    'trace.metadata.note',
    'observation.statusMessage',
    'score.stringValue',
    'score.comment',
    'trace.anything',
  ])
    t.notOk(isStructural(field), field)
  t.notMatch(
    facts(`traces?${filter({ type: 'string', column: 'input', operator: 'contains', value: 'AKIA' })}`).shape,
    /AKIA/,
  )
})

t.test('metrics are judged by their dimensions, filters and measures', async (t) => {
  const query = (more: object) =>
    `v2/metrics?query=${encodeURIComponent(JSON.stringify({ view: 'observations', ...more }))}`
  const sums = query({
    metrics: [{ measure: 'totalCost', aggregation: 'sum' }],
    dimensions: [{ field: 'providedModelName' }],
    timeDimension: { granularity: 'day' },
    orderBy: [{ field: 'sum_totalCost', direction: 'desc' }],
    fromTimestamp: 'x',
    toTimestamp: 'y',
  })
  t.ok(fields(sums).every(isStructural), fields(sums).join())
  const spy = query({
    dimensions: [{ field: 'input' }],
    filters: [{ type: 'string', column: 'output', operator: 'contains', value: 'x' }],
  })
  t.same(fields(spy), ['observation.input', 'observation.output'])
  t.throws(() => facts(query({ sql: 'select' })), { code: 'TW_PROFILE_FILTER' })
})

t.test('what belongs to a trace that is named is read, unless a filter may widen it', async (t) => {
  t.match(facts('traces/lf-1'), { does: 'read', traceIds: ['lf-1'] })
  t.match(facts('v2/observations?traceId=lf-1&fields=core,io'), { does: 'read', traceIds: ['lf-1'] })
  t.match(facts('observations?limit=5'), { does: 'search', requested: 5 })
  const widened = facts(
    `observations?traceId=lf-1&${filter({ type: 'string', column: 'type', operator: '=', value: 'SPAN' })}`,
  )
  t.match(widened, { does: 'search' })
  t.equal(widened.traceIds, undefined)
  t.equal(facts('sessions/s-1').does, 'search')
})

t.test('exports, links to the bucket and settings are what they are; the rest is refused', async (t) => {
  const does = (method: string, path: string) =>
    factsOf(langfuse, method, path.startsWith('/') ? path : api(path)).does
  for (const [method, path] of [
    ['PUT', 'integrations/blob-storage'],
    ['GET', 'media/m1'],
    ['POST', 'media'],
    ['POST', '/api/trpc/batchExport.create'],
  ] as const)
    t.equal(does(method, path), 'export', path)
  for (const [method, path] of [
    ['DELETE', 'traces'],
    ['DELETE', 'traces/t'],
    ['POST', 'projects/p/apiKeys'],
    ['GET', 'organizations/apiKeys'],
    ['PUT', 'llm-connections'],
    ['POST', 'scim/Users'],
    ['DELETE', 'integrations/blob-storage/1'],
  ] as const)
    t.equal(does(method, path), 'admin', path)
  t.equal(does('POST', 'ingestion'), 'write')
  t.equal(does('POST', 'otel/v1/traces'), 'write')
  for (const path of [
    'traces?search=x',
    'traces?orderBy=timestamp',
    'traces?filter={}',
    'traces?filter=[{"column":"id","sql":1}]',
    'traces?filter=[]&filter=[]',
    'traces?filter=[{"column":"id","column":"input"}]',
    'traces/t?expand=all',
  ])
    t.throws(() => facts(path), { code: /^TW_PROFILE_/ }, path)
  t.equal(ask(langfuse, 'GET', '/api/trpc/traces.all').route, undefined)
})

t.test('in the documented shapes, what carries a planted secret is content', async (t) => {
  for (const [file, path] of [
    ['traces', 'traces'],
    ['trace', 'traces/lf-1'],
    ['observations', 'observations'],
    ['scores', 'scores'],
    ['session', 'sessions/s-1'],
  ] as const) {
    const shape = shapeOf({ response: ask(langfuse, 'GET', api(path)).route!.response })
    const found = leaves(JSON.parse(wire(`langfuse/${file}.json`)))
    const secret = found.filter(({ text }) => text.includes('PLANTED'))
    t.ok(secret.length > 1, `${file}: secrets are there`)
    for (const { path } of secret) t.notOk(matches(shape.structural, path), path.join('.'))
    t.ok(
      found.some(({ path }) => matches(shape.traceId, path)),
      `${file}: names its traces`,
    )
    t.ok(
      found.some(({ path }) => matches(shape.time, path)),
      `${file}: has their time`,
    )
  }
})

t.test(
  'through the door: the person’s token is the secret key, the gateway’s own pair goes on',
  async (t) => {
    const seen: unknown[] = []
    const pair = (publicKey: string, secretKey: string) =>
      `Basic ${Buffer.from(`${publicKey}:${secretKey}`).toString('base64')}`
    const h = await house(t, {
      connection: {
        profile: 'langfuse',
        routes: [],
        headers: { authorization: pair('pk-lf-gateway', 'sk-lf-gateway') },
      },
      backend: (req, res) => {
        seen.push(req.headers.authorization)
        answerJson(
          res,
          JSON.parse(
            wire(/traces\/lf-1/.test(req.url ?? '') ? 'langfuse/trace.json' : 'langfuse/traces.json'),
          ),
        )
      },
    })
    const get = (path: string) =>
      h.get(api(path), { token: '', headers: { authorization: pair('pk-lf-ann', h.ann) } })
    const list = await get('traces?limit=10')
    t.match(list, { status: 200, text: /"id":"lf-1".*\[hidden: listing\]/ })
    t.notMatch(list.text, /PLANTED/)
    t.match(await get('traces/lf-1'), { status: 200, text: /thinking of PLANTED/ })
    t.match(h.told('trace-read')[0], {
      user: { id: 'ann' },
      tracewarden: { traces: { count: 1, ids: ['lf-1'] } },
    })
    t.strictSame(seen, [pair('pk-lf-gateway', 'sk-lf-gateway'), pair('pk-lf-gateway', 'sk-lf-gateway')])
    t.match(
      await get(
        `traces?${filter({ type: 'string', column: 'output', operator: 'contains', value: 'PLANTED' })}`,
      ),
      {
        status: 403,
        text: /TW_POLICY_ORACLE/,
      },
    )
    t.equal(
      (
        await h.get(api('traces'), {
          token: '',
          headers: { authorization: pair('pk-lf-ann', 'sk-lf-nobody') },
        })
      ).status,
      401,
    )
  },
)
