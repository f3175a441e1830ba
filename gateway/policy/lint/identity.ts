import type { GatewayConfig } from '../../config.ts'
import { isZone } from '../../identity/people.ts'
import type { Problem } from '../problem.ts'

/** Time zones are known, what `login` brings is taken, and machines have an owner who is a person. */
export function* lintIdentity({ identity }: GatewayConfig): Generator<Problem> {
  const users = new Map(identity.users.map((u) => [u.id, u]))
  for (const [index, { clients, device }] of identity.oidc.entries())
    if (clients && device && !clients.includes(device.client))
      yield {
        path: ['identity', 'oidc', index, 'device', 'client'],
        message: `${device.client} is not among clients, so its tokens would be refused; expected it to be listed there`,
      }
  for (const [index, user] of identity.users.entries()) {
    const path = ['identity', 'users', index]
    if (user.timezone !== undefined && !isZone(user.timezone))
      yield {
        path: [...path, 'timezone'],
        message: `${user.timezone} is not a time zone; expected an IANA name such as Europe/Berlin`,
      }
    if (user.owner === undefined) continue
    const owner = users.get(user.owner)
    if (owner?.kind !== 'human' || owner.id === user.id)
      yield {
        path: [...path, 'owner'],
        message: `${user.owner} cannot own ${user.id}; expected the id of a person in identity.users`,
      }
  }
}
