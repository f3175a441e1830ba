import { fail } from '../errors.ts'
import type { BuiltinRule } from '../rule.ts'

export const approveMultiple: BuiltinRule = {
  name: 'approve-multiple',
  sentence: 'Releasing the content of more than one trace in one response needs approval.',
  stage: 'response',
  on: (config) => config.policy.builtin.approve_multiple,
  judge({ response }) {
    if (!response || response.traces <= 1) return undefined
    const reason = `the content of ${response.traces} traces would be shown at once.`
    return {
      effect: 'approval',
      code: 'TW_POLICY_APPROVAL',
      reason: fail('TW_POLICY_APPROVAL', { reason }).message,
    }
  },
  examples: [
    { name: 'one trace', given: { response: { traces: 1 } }, effect: 'silent' },
    { name: 'two traces', given: { response: { traces: 2 } }, effect: 'approval' },
    {
      name: 'one trace so large that it counts as three',
      given: { response: { traces: 3 } },
      effect: 'approval',
    },
    {
      name: 'a listing of a hundred whose content is masked',
      given: { request: { action: 'search', requested: 100 }, response: { traces: 0 } },
      effect: 'silent',
    },
  ],
}
