import type { ProfileExample } from '../../profile.ts'

export const examples: readonly ProfileExample[] = [
  { name: 'a search', request: 'GET /api/traces?service=agent&operation=chat&limit=20', is: 'search' },
  { name: 'by a tag', request: 'GET /api/traces?service=agent&tag=gen_ai.prompt:x', is: 'oracle' },
  { name: 'traces that are named', request: 'GET /api/traces?traceID=ab', is: 'read', traceIds: ['ab'] },
  { name: 'one trace', request: 'GET /api/v3/traces/ab', is: 'read', traceIds: ['ab'] },
  { name: 'an undeclared parameter', request: 'GET /api/traces?service=agent&filter=x', is: 'refused' },
  { name: 'an archive', request: 'POST /api/archive/ab', is: 'export' },
  { name: 'a route nobody knows', request: 'GET /api/v9/traces', is: 'unknown' },
]
