import type { Clock } from '../../core/clock.ts'
import type { Identity, IdentityService } from '../../gateway/port.ts'
import { fail } from '../errors.ts'
import type { Enrolments, SlackUser } from './enrolment.ts'

/**
 * Who clicked: the person this Slack user is pinned to, with the roles of now. `authenticated` is when they confirmed
 * the pin, which is long ago on purpose: what needs a fresh sign-in is not decided by a click.
 * @throws TW_SLACK_NOT_ENROLLED, TW_SLACK_SUSPENDED
 */
export async function identify(
  slack: SlackUser,
  deps: { enrolments: Enrolments; identity: Pick<IdentityService, 'person' | 'suspended'>; clock: Clock },
): Promise<Identity> {
  const pin = await deps.enrolments.pinOf(slack)
  const person = pin && deps.identity.person(pin.name)
  // The name may mean somebody else by now: issuer and subject decide.
  if (!pin || !person || person.id !== pin.person) throw fail('TW_SLACK_NOT_ENROLLED')
  if (deps.identity.suspended(person.user)) throw fail('TW_SLACK_SUSPENDED')
  return {
    person,
    credential: {
      id: `slack:${pin.team}:${pin.user}`,
      kind: 'slack',
      expires: deps.clock.now() + 60_000,
      authenticated: Date.parse(pin.confirmed),
    },
  }
}
