import type { ProfileExample } from '../../profile.ts'

const call = (method: string, params: object = {}) => ({ jsonrpc: '2.0', id: 1, method, params })

export const examplesAt = (path: string): readonly ProfileExample[] => [
  { name: 'the tools', request: `POST ${path}`, body: call('tools/list'), is: 'search' },
  {
    name: 'a tool nobody listed',
    request: `POST ${path}`,
    body: call('tools/call', { name: 'x' }),
    is: 'unknown',
  },
  { name: 'a completion', request: `POST ${path}`, body: call('completion/complete'), is: 'oracle' },
  { name: 'a batch', request: `POST ${path}`, body: [call('ping')], is: 'refused' },
  { name: 'what the server sends by itself', request: `GET ${path}`, is: 'search' },
]
