import t from 'tap'
import { profiles } from '../../../../../gateway/doors/http/profiles/index.ts'
import { traceField } from '../../../../../gateway/doors/http/profiles/mlflow/fields.ts'
import { filterPredicates } from '../../../../../gateway/doors/http/profiles/mlflow/filter.ts'
import fc from '../../../../support/properties.ts'
import { ask, factsOf, leaves, matches, wire } from './kit.ts'

const { mlflow } = profiles
const SEARCH = '/api/3.0/mlflow/traces/search'
const at = (id: string) => [{ type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: id } }]
const fields = (filter: string) => filterPredicates(filter, traceField).map(({ field }) => field)

t.test('a search tells its experiment, its page size and what it tests', async (t) => {
  const facts = factsOf(mlflow, 'POST', SEARCH, {
    locations: at('1'),
    filter: "attributes.timestamp_ms > 17 AND trace.text LIKE '%AKIA%'",
    order_by: ['timestamp DESC'],
    max_results: 25,
    page_token: 'x',
  })
  t.match(facts, { name: 'mlflow.search-traces', does: 'search', collection: '1', requested: 25 })
  t.same(facts.predicates, [
    { field: 'traces.*.request_time', use: 'filter', operator: '>' },
    { field: 'traces.*.spans.*.text', use: 'filter', operator: 'LIKE' },
    { field: 'traces.*.request_time', use: 'sort', operator: 'desc' },
  ])
  t.notMatch(facts.shape, /AKIA|17/, 'no literal in the shape')
})

t.test('pages of one search are one logical query, other searches are not', async (t) => {
  const ask = (extra: object) => factsOf(mlflow, 'POST', SEARCH, { locations: at('1'), ...extra }).logical
  t.equal(ask({ page_token: 'a', max_results: 5 }), ask({ page_token: 'b', maxResults: 500 }))
  t.not(ask({}), ask({ filter: "status = 'OK'" }))
  const batch = (query: string) => factsOf(mlflow, 'GET', `/api/3.0/mlflow/traces/batchGet?${query}`)
  t.equal(batch('trace_ids=b&trace_ids=a').logical, batch('trace_ids=a&trace_ids=b').logical)
  t.same(batch('trace_ids=b&trace_ids=a&trace_ids=b').traceIds, ['a', 'b'])
})

t.test('every way to name content in a filter ends at a path that is content', async (t) => {
  const { route } = ask(mlflow, 'POST', SEARCH)
  const response = route!.response
  const structural = response.kind === 'asset' ? [] : response.shape.structural
  for (const filter of [
    "trace.text ILIKE '%x%'",
    "span.content LIKE '%x%'",
    "span.attributes.llm.key RLIKE '^A'",
    "metadata.`mlflow.traceInputs` LIKE '%x%'",
    'request_metadata."mlflow.traceOutputs" IS NOT NULL',
    "tags.team = 'a'",
    "name IN ('a', 'b')",
    "attribute.text = 'x'",
    "span.name NOT IN ('a')",
    "feedback.quality = 'good'",
    "prompt = 'p/1'",
  ])
    for (const field of fields(filter)) t.notOk(matches(structural, field.split('.')), `${filter} → ${field}`)
  for (const filter of [
    "status = 'OK' AND execution_time_ms > 5",
    "span.type = 'LLM'",
    "trace.request_id = 'x'",
  ])
    for (const field of fields(filter)) t.ok(matches(structural, field.split('.')), `${filter} → ${field}`)
})

t.test('a filter that could be read in two ways is refused', async (t) => {
  for (const filter of [
    "status = 'OK' -- AND x",
    "status = 'OK' /* x */",
    "status = 'it''s'",
    "status = 'a\\' OR b'",
    "status = 'OK' OR name = 'x'",
    "(status = 'OK')",
    "status = 'OK'; name = 'x'",
    'status = name',
    "status 'OK'",
    "status = 'OK' AND",
    "ｓtatus = 'OK'",
    'length(name) > 3',
  ])
    t.throws(() => fields(filter), { code: 'TW_PROFILE_FILTER' }, filter)
})

t.test('whatever is in a literal, the fields of a filter stay the same', async (t) => {
  const literal = fc.string().map((text) => text.replace(/['\\]/g, ''))
  fc.assert(
    fc.property(literal, literal, (a, b) => {
      t.same(fields(`tags.a LIKE '${a}' AND metadata.b = '${b}'`), [
        'traces.*.tags.a',
        'traces.*.trace_metadata.b',
      ])
    }),
    { numRuns: 50 },
  )
})

t.test('a parameter under two names, twice, or in the wrong place is refused', async (t) => {
  const body = { filter: '', Filter: '' }
  t.throws(() => factsOf(mlflow, 'POST', SEARCH, { max_results: 1, maxResults: 500 }), {
    code: 'TW_PROFILE_REPEATED',
  })
  t.throws(() => factsOf(mlflow, 'POST', SEARCH, JSON.stringify(JSON.stringify(body))), {
    code: 'TW_PROFILE_BODY',
  })
  t.throws(() => factsOf(mlflow, 'POST', SEARCH, { filter: ['x'] }), { code: 'TW_PROFILE_PARAMETER' })
  t.throws(() => factsOf(mlflow, 'GET', '/api/3.0/mlflow/traces/get?trace_id=a&trace_id=b'), {
    code: 'TW_PROFILE_REPEATED',
  })
  t.throws(() => factsOf(mlflow, 'GET', '/api/3.0/mlflow/traces/batchGet', { trace_ids: ['a'] }), {
    code: 'TW_PROFILE_BODY',
  })
})

t.test('routes are what they do, under both prefixes; what is not listed is unknown', async (t) => {
  for (const prefix of ['/api', '/ajax-api']) {
    t.equal(factsOf(mlflow, 'GET', `${prefix}/3.0/mlflow/traces/tr-1`).does, 'read')
    t.equal(factsOf(mlflow, 'GET', `${prefix}/3.0/mlflow/get-trace-artifact?request_id=tr-1`).does, 'read')
    t.same(factsOf(mlflow, 'GET', `${prefix}/3.0/mlflow/get-trace-artifact?request_id=tr-1`).traceIds, [
      'tr-1',
    ])
    t.equal(
      factsOf(mlflow, 'POST', `${prefix}/2.0/mlflow/artifacts/presigned-download-url`, {}).does,
      'export',
    )
    t.equal(factsOf(mlflow, 'POST', `${prefix}/3.0/mlflow/traces/delete-traces`, {}).does, 'admin')
    t.equal(factsOf(mlflow, 'POST', `${prefix}/2.0/mlflow/webhooks`, {}).does, 'admin')
    t.equal(factsOf(mlflow, 'GET', `${prefix}/2.0/mlflow-artifacts/artifacts/1/model.pkl`).does, 'export')
    t.match(
      factsOf(mlflow, 'GET', `${prefix}/2.0/mlflow-artifacts/artifacts/1/traces/t/artifacts/traces.json`),
      { does: 'read', traceIds: ['t'] },
      'spans stored as files are read trace by trace, and each counts',
    )
  }
  t.equal(factsOf(mlflow, 'POST', '/v1/traces', '').does, 'write')
  t.equal(ask(mlflow, 'GET', '/api/9.9/mlflow/anything').route, undefined)
  t.equal(ask(mlflow, 'DELETE', SEARCH).route, undefined)
})

t.test('on the real wire, what carries a planted secret is content in every encoding', async (t) => {
  for (const [file, method, path] of [
    ['search', 'POST', SEARCH],
    ['batchGet', 'GET', '/api/3.0/mlflow/traces/batchGet'],
    ['artifact', 'GET', '/api/3.0/mlflow/get-trace-artifact'],
  ] as const) {
    const response = ask(mlflow, method, path).route!.response
    if (response.kind === 'asset') return t.fail('not an asset')
    const found = leaves(JSON.parse(wire(`mlflow/${file}.json`)))
    const secret = found.filter(({ text }) => text.includes('PLANTED'))
    t.ok(secret.length > 2, `${file}: secrets are there`)
    for (const { path } of secret) t.notOk(matches(response.shape.structural, path), path.join('.'))
    const ids = found.filter(({ path }) => matches(response.shape.traceId, path)).map(({ text }) => text)
    if (file !== 'artifact') t.match(new Set(ids).size, 1, `${file}: one trace`)
    t.ok(
      found.some(({ path }) => matches(response.shape.time, path)),
      `${file}: has its time`,
    )
  }
})
