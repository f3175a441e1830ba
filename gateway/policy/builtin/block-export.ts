import { fail } from '../errors.ts'
import type { BuiltinRule } from '../rule.ts'

export const blockExport: BuiltinRule = {
  name: 'block-export',
  sentence:
    'Routes that export a collection as a whole, or create a link, share or server-side copy of it, are refused.',
  stage: 'request',
  on: (config) => config.policy.builtin.block_export,
  judge({ request }) {
    if (request.action !== 'export') return undefined
    const error = fail('TW_POLICY_EXPORT', { route: request.route })
    return { effect: 'block', code: 'TW_POLICY_EXPORT', reason: error.message }
  },
  examples: [
    {
      name: 'a dataset as CSV',
      given: { request: { action: 'export', route: 'phoenix.dataset-csv' } },
      effect: 'block',
    },
    { name: 'a read', given: { request: { action: 'read' } }, effect: 'silent' },
  ],
}
