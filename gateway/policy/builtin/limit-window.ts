import { fail } from '../errors.ts'
import type { BuiltinRule, RuleInput } from '../rule.ts'

/** What the window would hold with this response; undefined where the response adds nothing to it. */
const total = ({ response, window }: RuleInput) =>
  response && response.traces > 0 && window.fresh > 0 ? window.traces + window.fresh : undefined

const span = (ms: number) => (ms % 3600e3 === 0 ? `${ms / 3600e3} h` : `${Math.round(ms / 60e3)} min`)

export const limitWindow: BuiltinRule = {
  name: 'limit-window',
  sentence: 'More distinct traces than limits.window_block within the sliding window are refused.',
  stage: 'response',
  on: () => true,
  judge(input) {
    const { window_block: limit, window } = input.config.policy.limits
    const traces = total(input)
    if (traces === undefined || traces <= limit) return undefined
    const error = fail('TW_POLICY_WINDOW', { traces, limit, span: span(window) })
    return { effect: 'block', code: 'TW_POLICY_WINDOW', reason: error.message }
  },
  examples: [
    { name: 'the 600th trace', given: { response: {}, window: { traces: 599, fresh: 1 } }, effect: 'silent' },
    { name: 'the 601st trace', given: { response: {}, window: { traces: 600, fresh: 1 } }, effect: 'block' },
    {
      name: 'a trace read before, again',
      given: { response: {}, window: { traces: 601, fresh: 0 } },
      effect: 'silent',
    },
    {
      name: 'a listing without content',
      given: { response: { traces: 0, traceIds: [] }, window: { traces: 600, fresh: 0 } },
      effect: 'silent',
    },
  ],
}

export const approveWindow: BuiltinRule = {
  name: 'approve-window',
  sentence: 'More distinct traces than limits.window_approval within the sliding window need approval.',
  stage: 'response',
  on: () => true,
  judge(input) {
    const { window_approval: limit, window } = input.config.policy.limits
    const traces = total(input)
    if (traces === undefined || traces <= limit) return undefined
    const reason = `with these, ${traces} traces would have been read within ${span(window)}; more than ${limit} need approval.`
    return {
      effect: 'approval',
      code: 'TW_POLICY_APPROVAL',
      reason: fail('TW_POLICY_APPROVAL', { reason }).message,
    }
  },
  examples: [
    { name: 'the 60th trace', given: { response: {}, window: { traces: 59, fresh: 1 } }, effect: 'silent' },
    { name: 'the 61st trace', given: { response: {}, window: { traces: 60, fresh: 1 } }, effect: 'approval' },
  ],
}
