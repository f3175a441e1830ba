import type { ProfileExample } from '../../profile.ts'

const search = (q: string) => `GET /api/search?q=${encodeURIComponent(q)}`

export const examples: readonly ProfileExample[] = [
  { name: 'a search by service', request: search('{ resource.service.name = "agent" }'), is: 'search' },
  { name: 'a search by content', request: search('{ span.gen_ai.prompt =~ "x.*" }'), is: 'oracle' },
  { name: 'a query with a comment', request: search('{ true /* " */ && span.a = "x" }'), is: 'refused' },
  { name: 'one trace', request: 'GET /api/v2/traces/ab', is: 'read', traceIds: ['ab'] },
  { name: 'the values of an attribute', request: 'GET /api/search/tag/note/values', is: 'oracle' },
  {
    name: 'the values of a service',
    request: 'GET /api/v2/search/tag/resource.service.name/values',
    is: 'search',
  },
  { name: 'a shutdown', request: 'POST /shutdown', is: 'admin' },
  { name: 'a route nobody knows', request: 'GET /querier/api/traces/ab', is: 'unknown' },
]
