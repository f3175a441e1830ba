import t from 'tap'
import { profiles } from '../../../../../gateway/doors/http/profiles/index.ts'
import { references, spanField } from '../../../../../gateway/doors/http/profiles/phoenix/condition.ts'
import { ask, factsOf, leaves, matches, shapeOf, wire } from './kit.ts'

const { phoenix } = profiles
const JSON_ONLY = { accept: 'application/json' }

t.test('field references are cut out of a Python expression', async (t) => {
  for (const [source, expected] of [
    ["span_kind == 'LLM' and 'x and y' in input.value", ['span_kind', 'input.value']],
    ["'SSN 12' in str(llm.output_messages)", ['llm.output_messages']],
    ["metadata['x']['y'] < \"T\" or not latency_ms >= 10.5", ['metadata.x.y', 'latency_ms']],
    ["attributes['llm']['messages'][0].role is not None", ['attributes.llm.messages.*.role']],
    ["annotations['q'].score > 0.5", ['annotations.q.score']],
    ['parent_span is None', ['parent_span']],
    [
      "any(c.cost > 1 for c in cost_details if c.token_type == 'a')",
      ['c.cost', 'c', 'cost_details', 'c.token_type'],
    ],
  ] as const)
    t.same(references(source), expected, source)
})

t.test('an expression that is not plainly a filter is refused', async (t) => {
  for (const source of [
    "f'{name}' == 'x'",
    "'a' 'b' == name",
    "'''x''' == name",
    'eval(name) == 1',
    'ｎame == 1',
    'name == 1 # x',
    'name = 1',
    '(x := name) == 1',
    'lambda: 1; name',
    "metadata['a' 'b'] == 1",
    'metadata[name] == 1',
    "metadata['\\x6eame'] == 1",
    '{name} == 1',
    'name == 1\\\n',
  ])
    t.throws(() => references(source), { code: 'TW_PROFILE_FILTER' }, source)
})

t.test('only ids, kinds, states, times and counts may be tested', async (t) => {
  const response = ask(phoenix, 'GET', '/v1/projects/p/spans').route!.response
  if (response.kind === 'asset') return t.fail('not an asset')
  const testable = (name: string) => matches(response.shape.structural, spanField(name).split('.'))
  for (const name of [
    'parent_id',
    'span_kind',
    'start_time',
    'latency_ms',
    'llm.token_count.total',
    'parent_span',
  ])
    t.ok(testable(name), name)
  for (const name of [
    'name',
    'input.value',
    'metadata.x',
    'llm.output_messages',
    'attributes',
    'status_message',
    'annotations.q.label',
    'c.cost',
  ])
    t.notOk(testable(name), name)
})

t.test('REST reads tell project, traces, page size and tests', async (t) => {
  const facts = factsOf(
    phoenix,
    'GET',
    '/v1/projects/demo/spans?limit=7&trace_id=b&trace_id=a&attribute=llm.model_name:m:1&name=n',
  )
  t.match(facts, { does: 'read', collection: 'demo', requested: 7 })
  t.same(facts.traceIds, ['a', 'b'])
  t.same(
    facts.predicates?.map(({ field }) => field),
    ['span.name', 'span.attributes.llm.model_name'],
  )
  t.equal(
    factsOf(phoenix, 'GET', '/v1/projects/demo/spans?limit=7&cursor=x').logical,
    factsOf(phoenix, 'GET', '/v1/projects/demo/spans?limit=100').logical,
  )
  t.same(
    factsOf(phoenix, 'GET', `/v1/projects/demo/traces?filter=${encodeURIComponent("'x' in input.value")}`)
      .predicates,
    [{ field: 'span.attributes.input.value', use: 'filter' }],
  )
})

t.test('routes are what they do', async (t) => {
  for (const path of [
    'datasets/d/csv',
    'datasets/d/jsonl',
    'datasets/d/jsonl/openai_ft',
    'experiments/e/json',
    'experiments/e/csv',
  ])
    t.equal(factsOf(phoenix, 'GET', `/v1/${path}`).does, 'export', path)
  t.equal(factsOf(phoenix, 'POST', '/auth/login', {}).does, 'admin')
  t.equal(factsOf(phoenix, 'DELETE', '/v1/traces/t').does, 'admin')
  t.equal(factsOf(phoenix, 'POST', '/v1/span_annotations', {}).does, 'write')
  t.equal(factsOf(phoenix, 'GET', '/projects/x/traces/y').does, 'asset')
  t.equal(ask(phoenix, 'GET', '/v1/nothing').route, undefined)
})

t.test('span tables: columns are traced back to their fields', async (t) => {
  const query = (queries: unknown, headers = JSON_ONLY) =>
    factsOf(phoenix, 'POST', '/v1/spans?project_name=demo', { queries, limit: 50 }, headers)
  const facts = query([
    {
      select: { y: { key: 'llm.output_messages' }, t: { key: 'trace_id' } },
      filter: { condition: "'a' in input.value" },
    },
  ])
  t.match(facts, {
    collection: 'demo',
    requested: 50,
    predicates: [{ field: 'span.attributes.input.value' }],
  })
  const { key, resolve } = shapeOf(facts)
  t.equal(key?.('11_attributes.input'), 'attributes.input')
  t.same(resolve?.(['data', '*', 'y', '*', 'message']), [
    'data',
    '*',
    'attributes',
    'llm',
    'output_messages',
    '*',
    'message',
  ])
  t.same(resolve?.(['data', '*', 't']), ['data', '*', 'context', 'trace_id'])
  const bySpan = shapeOf(query([{ select: { y: { key: 'input.value' } } }]))
  t.ok(bySpan.traceId.includes('data.*.context.span_id'), 'rows without a trace count one by one')
  t.throws(() => query([{ select: { y: { key: 'input.value' } }, index: { key: 'name' } }]), {
    code: 'TW_PROFILE_PARAMETER',
  })
  t.throws(
    () =>
      query([
        { select: { name: { key: 'input.value' }, trace_id: { key: 'trace_id' } } },
        { select: { name: { key: 'name' } } },
      ]),
    { code: 'TW_PROFILE_REPEATED' },
  )
  t.throws(() => query([{}], { accept: '*/*' }), { code: 'TW_PROFILE_FORMAT' })
  t.throws(
    () =>
      factsOf(phoenix, 'POST', '/v1/spans?project_name=a', { queries: [{}], project_name: 'b' }, JSON_ONLY),
    { code: 'TW_PROFILE_REPEATED' },
  )
})

t.test('on the real wire, what carries a planted secret is content', async (t) => {
  const response = ask(phoenix, 'GET', '/v1/projects/p/spans').route!.response
  if (response.kind === 'asset') return t.fail('not an asset')
  const rest = leaves(JSON.parse(wire('phoenix/spans.json')))
  const facts = factsOf(phoenix, 'POST', '/v1/spans', { queries: [{}] }, JSON_ONLY)
  if (!facts.response || facts.response.kind === 'asset') return t.fail('not an asset')
  const { shape } = facts.response
  const table = leaves(
    JSON.parse(wire('phoenix/tables.multipart').split('\r\n\r\n')[1]!.split('\r\n--')[0]!),
  ).map(({ path, text }) => ({ text, path: shape.resolve!(path.map((key) => shape.key!(key))) }))
  for (const [found, { structural, traceId }] of [
    [rest, response.shape],
    [table, shape],
  ] as const) {
    const secret = found.filter(({ text }) => text.includes('PLANTED'))
    t.ok(secret.length > 2, 'secrets are there')
    for (const { path } of secret) t.notOk(matches(structural, path), path.join('.'))
    t.ok(
      found.some(({ path }) => matches(traceId, path)),
      'traces are told',
    )
  }
})
