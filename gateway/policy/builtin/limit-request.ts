import { fail } from '../errors.ts'
import type { BuiltinRule } from '../rule.ts'

export const limitRequest: BuiltinRule = {
  name: 'limit-request',
  sentence: 'More distinct traces than limits.max_traces in one response are refused, even with approval.',
  stage: 'response',
  on: () => true,
  judge({ request, response, expects, config }) {
    const limit = config.policy.limits.max_traces
    // Named ids tell as much before the backend is asked; a listing that names them shows no content.
    const named = expects?.listing ? 0 : (request.traceIds?.length ?? 0)
    const traces = response ? response.traces : named
    if (traces <= limit) return undefined
    const error = fail('TW_POLICY_TOO_MANY', { traces, limit })
    return { effect: 'block', code: 'TW_POLICY_TOO_MANY', reason: error.message }
  },
  examples: [
    { name: 'one trace', given: { response: { traces: 1 } }, effect: 'silent' },
    { name: '500 traces, the default limit', given: { response: { traces: 500 } }, effect: 'silent' },
    { name: '501 traces', given: { response: { traces: 501 } }, effect: 'block' },
    {
      name: '501 ids named by a read',
      given: { request: { traceIds: Array.from({ length: 501 }, (_, i) => `t${i}`) } },
      effect: 'block',
    },
  ],
}
