import { fail } from '../errors.ts'
import type { BuiltinRule } from '../rule.ts'

export const blockWrite: BuiltinRule = {
  name: 'block-write',
  sentence: 'Routes that write traces are refused (off by default: applications log through the gateway).',
  stage: 'request',
  on: (config) => config.policy.builtin.block_write,
  judge({ request }) {
    if (request.action !== 'write') return undefined
    const error = fail('TW_POLICY_WRITE', { route: request.route })
    return { effect: 'block', code: 'TW_POLICY_WRITE', reason: error.message }
  },
  examples: [
    { name: 'logging a trace', given: { request: { action: 'write' } }, effect: 'block' },
    { name: 'a search', given: { request: { action: 'search' } }, effect: 'silent' },
  ],
}
