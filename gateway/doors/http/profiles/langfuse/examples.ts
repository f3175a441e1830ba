import type { ProfileExample } from '../../profile.ts'

const filter = (column: string) =>
  `filter=${encodeURIComponent(JSON.stringify([{ type: 'string', column, operator: 'contains', value: 'x' }]))}`

export const examples: readonly ProfileExample[] = [
  { name: 'the list of traces', request: 'GET /api/public/traces?limit=50', is: 'search' },
  { name: 'by session', request: 'GET /api/public/traces?sessionId=s', is: 'search' },
  { name: 'by words of the input', request: `GET /api/public/traces?${filter('input')}`, is: 'oracle' },
  { name: 'one trace', request: 'GET /api/public/traces/t1', is: 'read', traceIds: ['t1'] },
  {
    name: 'observations of a trace',
    request: 'GET /api/public/v2/observations?traceId=t1',
    is: 'read',
    traceIds: ['t1'],
  },
  { name: 'an undeclared parameter', request: 'GET /api/public/traces?search=x', is: 'refused' },
  { name: 'a signed link', request: 'GET /api/public/media/m', is: 'export' },
  { name: 'an API key', request: 'POST /api/public/projects/p/apiKeys', body: {}, is: 'admin' },
  { name: 'the pages’ own API', request: 'GET /api/trpc/traces.all', is: 'unknown' },
]
