import { fail } from '../errors.ts'
import type { BuiltinRule } from '../rule.ts'

const DELETES = new Set(['s3.delete-object', 's3.delete-objects'])

export const s3Roles: BuiltinRule = {
  name: 's3-roles',
  sentence: 'Through an S3 door only the roles in `writers` upload, and only those in `deleters` delete.',
  stage: 'request',
  on: () => true,
  judge({ request, identity, config }) {
    if (request.protocol !== 's3' || request.action !== 'write') return undefined
    const connection = config.connections.find((c) => c.name === request.connection)
    const granted = connection?.protocol === 's3' ? connection : { writers: [], deleters: [] }
    const roles: readonly string[] = DELETES.has(request.route) ? granted.deleters : granted.writers
    if (identity.person.roles.some((role) => roles.includes(role))) return undefined
    return {
      effect: 'block',
      code: 'TW_POLICY_WRITE',
      reason: fail('TW_POLICY_WRITE', { route: request.route }).message,
    }
  },
  examples: [
    {
      name: 'an upload where config names no writers',
      given: { request: { protocol: 's3', action: 'write', route: 's3.put-object' } },
      effect: 'block',
    },
    { name: 'a write through another door', given: { request: { action: 'write' } }, effect: 'silent' },
  ],
}
