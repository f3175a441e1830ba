import {
  type GatewayConfig,
  type Identity,
  type IdentityService,
  type Recorder,
  type ReviewDeps,
  remaskUnder,
} from '../../gateway/port.ts'
import { fail } from '../errors.ts'
import type { Foundation } from '../foundation.ts'

/** Opening a recording, wherever it is asked for, is decided and masked under the policy of now. */
export const reviewDeps = (
  base: Foundation,
  identity: IdentityService,
  { policy, masking }: Pick<GatewayConfig, 'policy' | 'masking'>,
  recorder: Recorder,
): ReviewDeps => ({
  recorder,
  clock: base.clock,
  emit: base.emit,
  auditors: policy.auditors,
  refusal: (user) => identity.refusal(user),
  remask: remaskUnder(masking, base.master.derive('pseudonym/review')),
})

/**
 * Whoever runs a command on the gateway's machine with its keys may say which configured user they are; `operator`, the
 * machine's own name for them, is recorded as credential and actor. @throws TW_USER_UNKNOWN
 */
export function operatorAs(identity: IdentityService, user: string, operator: string, now: number): Identity {
  const person = identity.person(user)
  if (!person) throw fail('TW_USER_UNKNOWN', { user })
  const credential = { id: operator, kind: 'token', expires: now + 3_600_000, authenticated: now } as const
  return { person, credential, actor: operator }
}
