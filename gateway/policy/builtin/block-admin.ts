import { fail } from '../errors.ts'
import type { BuiltinRule } from '../rule.ts'

export const blockAdmin: BuiltinRule = {
  name: 'block-admin',
  sentence: 'Routes that administer the backend (users, policy, deletion) are refused.',
  stage: 'request',
  on: (config) => config.policy.builtin.block_admin,
  judge({ request }) {
    if (request.action !== 'admin') return undefined
    const error = fail('TW_POLICY_ADMIN', { route: request.route })
    return { effect: 'block', code: 'TW_POLICY_ADMIN', reason: error.message }
  },
  examples: [
    {
      name: 'a route that deletes an experiment',
      given: { request: { action: 'admin', route: 'mlflow.delete-experiment' } },
      effect: 'block',
    },
    { name: 'a read', given: { request: { action: 'read' } }, effect: 'silent' },
  ],
}
