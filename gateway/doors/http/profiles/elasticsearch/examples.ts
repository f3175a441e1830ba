import type { ProfileExample } from '../../profile.ts'

const search = 'POST /traces/_search'

export const examples: readonly ProfileExample[] = [
  { name: 'a list', request: search, body: { query: { match_all: {} }, sort: ['@timestamp'] }, is: 'search' },
  {
    name: 'a trace',
    request: search,
    body: { query: { term: { 'trace.id': 'a' } } },
    is: 'read',
    traceIds: ['a'],
  },
  { name: 'a document', request: 'GET /traces/_doc/1', is: 'read', traceIds: ['1'] },
  { name: 'by content', request: search, body: { query: { match: { content: 'x' } } }, is: 'oracle' },
  { name: 'a sort by content', request: search, body: { sort: ['content.keyword'] }, is: 'oracle' },
  {
    name: 'an aggregation of content',
    request: search,
    body: { aggs: { a: { terms: { field: 'key' } } } },
    is: 'oracle',
  },
  { name: 'highlights', request: search, body: { highlight: { fields: {} } }, is: 'refused' },
  { name: 'SQL', request: 'POST /_sql', body: { query: 'SELECT 1' }, is: 'export' },
  { name: 'a copy', request: 'POST /_reindex', body: {}, is: 'admin' },
  { name: 'tasks, which tell others’ queries', request: 'GET /_tasks', is: 'unknown' },
]
