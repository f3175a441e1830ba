import type { ProfileExample } from '../../profile.ts'

const search = 'POST /api/3.0/mlflow/traces/search'

export const examples: readonly ProfileExample[] = [
  { name: 'the list of traces', request: search, body: { max_results: 25 }, is: 'search' },
  { name: 'by state', request: search, body: { filter: "status = 'OK'" }, is: 'search' },
  { name: 'by words', request: search, body: { filter: "trace.text LIKE '%x%'" }, is: 'oracle' },
  { name: 'a filter with a comment', request: search, body: { filter: "status = 'OK' -- x" }, is: 'refused' },
  {
    name: 'one trace',
    request: 'GET /api/3.0/mlflow/traces/get?trace_id=tr-1',
    is: 'read',
    traceIds: ['tr-1'],
  },
  {
    name: 'spans stored as a file',
    request: 'GET /api/2.0/mlflow-artifacts/artifacts/1/traces/tr-1/artifacts/traces.json',
    is: 'read',
    traceIds: ['tr-1'],
  },
  {
    name: 'a signed link',
    request: 'POST /api/2.0/mlflow/artifacts/presigned-download-url',
    body: {},
    is: 'export',
  },
  { name: 'deletion', request: 'POST /api/3.0/mlflow/traces/delete-traces', body: {}, is: 'admin' },
  { name: 'another version', request: 'GET /api/9.0/mlflow/traces', is: 'unknown' },
]
