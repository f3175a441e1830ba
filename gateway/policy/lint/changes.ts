import type { GatewayConfig } from '../../config.ts'
import { signerKey } from '../holder/guard.ts'
import type { Problem } from '../problem.ts'

/** A rule about changes that nobody could satisfy would lock every admin out. */
export function* lintChanges({ policy, identity }: GatewayConfig): Generator<Problem> {
  const { signers, signatures } = policy.changes
  const at = ['policy', 'changes']
  const users = new Set(signers.map(({ user }) => user))
  if (signatures > users.size)
    yield {
      path: [...at, 'signatures'],
      message: `${signatures} signers must sign, and there are ${users.size}; expected at most that`,
    }
  for (const [index, { user, key }] of signers.entries()) {
    if (!signerKey(key))
      yield { path: [...at, 'signers', index, 'key'], message: 'expected an Ed25519 public key in PEM' }
    const known = identity.users.find((each) => each.id === user)
    if (known && !known.roles.some((role) => policy.admins.includes(role)))
      yield {
        path: [...at, 'signers', index, 'user'],
        message: `${user} has none of the admin roles (${policy.admins.join(', ')})`,
      }
  }
}
