import { fail } from '../errors.ts'
import type { BuiltinRule } from '../rule.ts'

export const approveHighRisk: BuiltinRule = {
  name: 'approve-high-risk',
  sentence: 'Showing a field that masking marks high-risk needs approval.',
  stage: 'response',
  on: (config) => config.policy.builtin.approve_high_risk,
  judge({ response }) {
    if (!response?.highRisk.length) return undefined
    const reason = `high-risk fields would be shown (${response.highRisk.join(', ')}).`
    return {
      effect: 'approval',
      code: 'TW_POLICY_APPROVAL',
      reason: fail('TW_POLICY_APPROVAL', { reason }).message,
    }
  },
  examples: [
    {
      name: 'a high-risk field shown',
      given: { response: { displayed: ['system_prompt'], highRisk: ['system_prompt'] } },
      effect: 'approval',
    },
    {
      name: 'a high-risk field hidden',
      given: { response: { masked: ['system_prompt'] } },
      effect: 'silent',
    },
  ],
}
