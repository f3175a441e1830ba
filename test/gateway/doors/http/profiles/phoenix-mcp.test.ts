import t from 'tap'
import { profiles } from '../../../../../gateway/doors/http/profiles/index.ts'
import { onlyCall } from '../../../../../gateway/doors/http/profiles/phoenix/python.ts'
import fc from '../../../../support/properties.ts'
import { factsOf } from './kit.ts'

const { phoenix } = profiles
const call = (name: string, args: object) =>
  factsOf(phoenix, 'POST', '/mcp', {
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name, arguments: args },
  })
const execute = (code: string) => call('execute', { code })
const returned = (tool: string, params: object) =>
  execute(`return await call_tool(${JSON.stringify(tool)}, ${JSON.stringify(params)})`)

t.test('a call through execute is the request it stands for', async (t) => {
  const spans = returned('getSpans', {
    project_identifier: 'default',
    trace_id: ['ab'],
    limit: 5,
    attribute: ['llm.model_name:m'],
  })
  const rest = factsOf(
    phoenix,
    'GET',
    '/v1/projects/default/spans?trace_id=ab&limit=5&attribute=llm.model_name:m',
  )
  t.match(spans, {
    name: 'phoenix.spans',
    does: 'read',
    collection: 'default',
    traceIds: ['ab'],
    requested: 5,
    protocol: 'mcp',
  })
  t.same(spans.predicates, rest.predicates)
  const filter = "'AKIA' in input.value"
  t.same(
    returned('listProjectTraces', { project_identifier: 'p', filter }).predicates?.[0]?.field,
    'span.attributes.input.value',
  )
  const query =
    'query Q { node(id: "UHJvamVjdDoy") { ... on Project { recordCount(filterCondition: "name == \'x\'") } } }'
  t.match(returned('executeGraphqlQuery', { query }).predicates, [{ field: 'span.name' }])
  const one = returned('executeGraphqlQuery', {
    query: '{ node(id: "U3Bhbjo2") { ... on Span { attributes } } }',
  })
  t.match(one, { does: 'read', traceIds: ['Span:6'] })
  t.match(
    returned('executeGraphqlMutation', { mutation: 'mutation { deleteProject(id: "1") { __typename } }' })
      .does,
    'admin',
  )
  t.equal(call('list_tools', {}).does, 'search')
  t.equal(returned('executeSql', { sql: 'select 1' }).does, 'export')
  t.equal(returned('deleteTrace', { trace_identifier: 'x' }).does, 'admin')
  for (const facts of [
    returned('createChatCompletion', {}),
    returned('getSpans', { project_identifier: '../users' }),
    returned('getDatasetCsv', { id: 'x' }),
    call('anything', {}),
  ])
    t.equal(facts.name, 'unknown')
})

t.test('of Python only one literal call is read', async (t) => {
  t.same(
    onlyCall(
      'x = await call_tool(tool_name=\'a\', params={"b": [1, -2.5, True, None, """c\nd"""], })\nreturn x',
    ),
    {
      tool: 'a',
      params: { b: [1, -2.5, true, null, 'c\nd'] },
    },
  )
  for (const code of [
    '',
    'return 1',
    'await call_tool("a", {})',
    'return await call_tool("a", {})["data"]',
    'return await call_tool("a", {}) + await call_tool("b", {})',
    'x = await call_tool("a", {})\nreturn y',
    'x = await call_tool("a", {})\ny = await call_tool("b", {})\nreturn x',
    'return await call_tool("a", {"b": f"{x}"})',
    'return await call_tool("a", {"b": r"\\n"})',
    'return await call_tool("a", {"b": "c" "d"})',
    'return await call_tool("a", {"b": "\\x41"})',
    'return await call_tool("a", {"b": 1, "b": 2})',
    'return await call_tool("a", {**x})',
    'return await call_tool("a", dict(b=1))',
    'return await call_tool("a", {}) # "',
    'return await call_tool("a", {"b": "c\\\nd"})',
    'for t in x:\n  return await call_tool("a", {})',
  ])
    t.throws(() => onlyCall(code), { code: 'TW_PROFILE_MCP' }, code)
})

t.test('what is written as JSON is read as it was', async (t) => {
  const json = fc.dictionary(
    fc.string(),
    fc.oneof(
      fc.string({ unit: 'grapheme-ascii' }),
      fc.integer(),
      fc.array(fc.string({ unit: 'grapheme-ascii' })),
    ),
  )
  fc.assert(
    fc.property(json, (params) => {
      const code = `return await call_tool("a", ${JSON.stringify(params)})`
      t.same(onlyCall(code).params, params)
    }),
    { numRuns: 200 },
  )
})
