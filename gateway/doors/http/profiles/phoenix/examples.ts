import type { ProfileExample } from '../../profile.ts'

const spans = '/v1/projects/default/spans'
const span = '{ node(id: "U3Bhbjo2") { ... on Span { attributes } } }'

export const examples: readonly ProfileExample[] = [
  { name: 'spans of a trace', request: `GET ${spans}?trace_id=ab`, is: 'read', traceIds: ['ab'] },
  { name: 'spans by kind', request: `GET ${spans}?span_kind=LLM`, is: 'read' },
  { name: 'spans by an attribute', request: `GET ${spans}?attribute=input.value:x`, is: 'oracle' },
  { name: 'the list of traces', request: 'GET /v1/projects/default/traces', is: 'search' },
  {
    name: 'one span by GraphQL',
    request: 'POST /graphql',
    body: { query: span },
    is: 'read',
    traceIds: ['Span:6'],
  },
  {
    name: 'a persisted query',
    request: 'POST /graphql',
    body: { extensions: { persistedQuery: {} } },
    is: 'refused',
  },
  { name: 'a data set as CSV', request: 'GET /v1/datasets/d/csv', is: 'export' },
  { name: 'deletion', request: 'DELETE /v1/traces/t', is: 'admin' },
  { name: 'a route nobody knows', request: 'GET /v2/spans', is: 'unknown' },
]
