import t from 'tap'
import { profiles } from '../../../../../gateway/doors/http/profiles/index.ts'
import { factsOf, leaves, matches, wire } from './kit.ts'

const { phoenix } = profiles
const id = (text: string) => Buffer.from(text).toString('base64')
const graphql = (query: string, variables: object = {}) =>
  factsOf(phoenix, 'POST', '/graphql', { query, variables })
const listing = (facts: ReturnType<typeof graphql>) =>
  facts.response?.kind !== 'asset' && facts.response?.listing
const shape = (facts: ReturnType<typeof graphql>) => {
  if (!facts.response || facts.response.kind === 'asset') throw new Error('no shape')
  return facts.response.shape
}
const page = (name: string) => factsOf(phoenix, 'POST', '/graphql', wire(`phoenix/${name}.json`))

t.test('aliases and fragments are undone, whatever the response is called', async (t) => {
  const facts = graphql(
    `query Q($id: ID!) { x: node(id: $id) { ...F } } fragment F on Span { trace { id: traceId } traceId: attributes startTime: output { id: value } a: input { b: truncatedValue } }`,
    { id: id('Span:7') },
  )
  const { resolve, structural } = shape(facts)
  const path = (...names: string[]) => resolve!(['data', 'x', ...names])
  t.same(path('trace', 'id'), ['data', 'node', 'trace', 'traceId'])
  t.same(
    path('traceId', 'llm', 'id'),
    ['data', 'node', 'attributes', 'llm', 'id'],
    'JSON in a leaf goes on below it',
  )
  for (const hidden of [
    path('traceId'),
    path('traceId', 'id'),
    path('startTime', 'id'),
    path('a', 'b'),
    path('nothing'),
  ])
    t.notOk(matches(structural, hidden), hidden.join('.'))
  t.same(path('a', 'b').slice(-3), ['attributes', 'input', 'value'], 'a preview is the value')
  t.match(facts, { does: 'read', name: 'phoenix.graphql' })
  t.same(facts.traceIds, ['Span:7'])
  t.notOk(listing(facts))
})

t.test('lists hide their content, a single named trace shows it', async (t) => {
  const project = `query($id: ID!) { node(id: $id) { ... on Project { spans(first: 9) { edges { node { trace { traceId } attributes } } } } } }`
  t.ok(listing(graphql(project, { id: id('Project:1') })))
  t.equal(graphql(project, { id: id('Project:1') }).requested, 9)
  t.equal(graphql(project, { id: id('Project:1') }).collection, 'Project:1')
  const climb = `{ node(id: "${id('Span:1')}") { ... on Span { name project { spans(first: 5) { edges { node { attributes } } } } } } }`
  t.ok(listing(graphql(climb)), 'climbing out of a trace into its project is a list')
  const session = `{ node(id: "${id('Trace:1')}") { ... on Trace { session { traces(first: 5) { edges { node { rootSpan { attributes } } } } } } } }`
  t.ok(listing(graphql(session)), 'so is its session')
  t.ok(
    listing(graphql('{ getTraceByOtelId(traceId: "t") { brandNewField { text } } }')),
    'so is a field nobody knows',
  )
})

t.test('many traces under many aliases count as many', async (t) => {
  const many = Array.from(
    { length: 30 },
    (_, i) =>
      `n${i}: node(id: "${id(`Span:${i}`)}") { ... on Span { attributes trace @skip(if: ${i > 0}) { traceId } } }`,
  )
  const facts = graphql(`{ ${many.join(' ')} }`)
  t.equal(facts.traceIds?.length, 30)
  t.same(shape(facts).traceId, [], 'the answer cannot make them fewer')
})

t.test('every filter and sort in the document is a test', async (t) => {
  const tests = (document: string, variables = {}) =>
    graphql(document, variables).predicates?.map(({ field }) => field)
  const on = (field: string) =>
    `query($c: String) { node(id: "${id('Project:1')}") { ... on Project { ${field} } } }`
  t.same(tests(on('recordCount(filterCondition: "\'SSN\' in str(llm.output_messages)")')), [
    'span.attributes.llm.output_messages',
  ])
  t.same(tests(on('traceCount(filterCondition: $c)'), { c: 'metadata["x"] < "T"' }), [
    'span.attributes.metadata.x',
  ])
  t.same(tests(on('spans(first: 1, sort: {col: latencyMs, dir: asc}) { edges { node { id } } }')), [
    'span.latency_ms',
  ])
  t.same(
    tests(
      on(
        'spans(first: 1, sort: {evalResultKey: {name: "q", attr: label}, dir: asc}) { edges { node { id } } }',
      ),
    ),
    ['span.annotations.q.label'],
  )
  t.same(
    tests(on('recordCount(someNewTest: "x")')),
    ['span.**.someNewTest'],
    'an argument nobody knows tests everything',
  )
  const two = `{ a: node(id: "${id('Project:1')}") { ... on Project { n: spans(first: 1, filterCondition: "name == 'a'") { edges { cursor } } } ... on Trace { n: spans(first: 1, filterCondition: "input.value == 'a'") { edges { cursor } } } } }`
  t.same(tests(two), ['span.name', 'span.attributes.input.value'])
  t.throws(() => tests(on('recordCount(filterCondition: "eval(x)")')), { code: 'TW_PROFILE_FILTER' })
})

t.test('mutations are writes only where they are known as such; subscriptions are refused', async (t) => {
  t.equal(graphql('mutation { createSpanAnnotations(input: []) { query { __typename } } }').does, 'write')
  t.equal(graphql('mutation { addSpansToDataset(input: {}) { dataset { id } } }').does, 'export')
  t.equal(graphql('mutation { deleteProject(id: "x") { __typename } }').does, 'admin')
  t.equal(
    graphql(
      'mutation { a: createSpanNotes(input: {}) { __typename } b: createUser(input: {}) { __typename } }',
    ).does,
    'admin',
  )
  const through = graphql(
    `mutation { createSpanNotes(input: {}) { query { node(id: "${id('Span:1')}") { ... on Span { name attributes } } } } }`,
  )
  t.ok(listing(through), 'content that a mutation reads is hidden')
  t.throws(() => graphql('subscription { chatCompletion(input: {}) { __typename } }'), {
    code: 'TW_PROFILE_GRAPHQL_SUBSCRIPTION',
  })
})

t.test('what is not one plain document is refused', async (t) => {
  const refused = (body: unknown, headers?: Record<string, string>) =>
    t.throws(
      () => factsOf(phoenix, 'POST', '/graphql', body, headers),
      { code: /TW_PROFILE_(GRAPHQL|BODY)/ },
      JSON.stringify(body),
    )
  refused([{ query: '{ projectCount }' }])
  refused({ extensions: { persistedQuery: { sha256Hash: 'x' } } })
  refused({ query: '{ a: name a: id }' })
  refused({ query: '{ ...F } fragment F on Query { ...F }' })
  refused({ query: 'query A { projectCount } query B { datasetCount }' })
  refused({ query: '{ ...F @defer } fragment F on Query { projectCount }' })
  refused({ query: 'type A { b: Int }' })
  refused({ query: '{' })
  refused('query=%7BprojectCount%7D', { 'content-type': 'application/x-www-form-urlencoded' })
  t.throws(() => factsOf(phoenix, 'POST', '/graphql?query=x', { query: '{ projectCount }' }), {
    code: 'TW_PROFILE_GRAPHQL',
  })
  t.equal(factsOf(phoenix, 'GET', `/graphql?query=${encodeURIComponent('{ projectCount }')}`).does, 'search')
  let bomb = 'fragment F0 on Query { projectCount }'
  for (let i = 1; i < 20; i++) bomb += ` fragment F${i} on Query { ...F${i - 1} ...F${i - 1} }`
  refused({ query: `{ ...F19 } ${bomb}` })
})

t.test(
  'the pages’ own documents: lists are listings, one trace is a read, and nothing they test is refused',
  async (t) => {
    const testable = (facts: ReturnType<typeof graphql>) =>
      facts.predicates?.filter(({ field }) => !matches(shape(facts).structural, field.split('.')))
    for (const name of ['ProjectPageQueriesTracesQuery', 'ProjectPageQueriesSpansQuery']) {
      t.ok(listing(page(name)), name)
      t.same(testable(page(name)), [], name)
    }
    for (const name of ['ProjectsPageQuery', 'authenticatedRootLoaderQuery', 'SpanCountTimeSeriesQuery']) {
      t.notOk(listing(page(name)), `${name} has nothing to hide`)
      t.equal(page(name).does, 'search')
    }
    t.match(page('TraceDetailsQuery'), { does: 'read', traceIds: [/^[0-9a-f]{32}$/] })
    const details = page('SpanDetailsQuery')
    t.equal(details.does, 'read')
    const { resolve, structural, traceId } = shape(details)
    const found = leaves(JSON.parse(wire('phoenix/SpanDetailsQuery.answer.json'))).map(({ path, text }) => ({
      text,
      path: resolve!(path),
    }))
    const secret = found.filter(({ text }) => text.includes('PLANTED'))
    t.ok(secret.length > 2)
    for (const { path } of secret) t.notOk(matches(structural, path), path.join('.'))
    t.equal(found.filter(({ path }) => matches(traceId, path)).length, 1)
  },
)

t.test('one document is one shape, so that masking compiles it once', async (t) => {
  t.equal(page('TraceDetailsQuery').response, page('TraceDetailsQuery').response)
})
