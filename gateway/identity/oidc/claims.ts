import type { JWTPayload } from 'jose'
import { fail } from '../errors.ts'
import type { Claimed } from '../people.ts'
import type { ProviderConfig } from './keys.ts'

/** What a verified token says about its person, in the claims that config names. @throws TW_AUTH_CLAIMS */
export function claimedBy(claims: JWTPayload, config: ProviderConfig): Claimed {
  const names = config.claims
  const user = textOf(at(claims, names.user))
  const bad = (claim: string) => fail('TW_AUTH_CLAIMS', { claim, provider: config.name })
  // `#` separates issuer and subject; a subject may hold one, an issuer with a fragment is no issuer.
  const subject = textOf(claims.sub)
  if (subject === undefined) throw bad('sub')
  if (user === undefined) throw bad(names.user)
  const email = textOf(at(claims, names.email))
  const name = textOf(at(claims, names.name))
  const team = names.team === undefined ? undefined : textOf(at(claims, names.team))
  const timezone = textOf(at(claims, names.timezone))
  return {
    provider: config.name,
    subject: `${config.issuer}#${subject}`,
    user,
    groups: groups(at(claims, names.groups)),
    // RFC 9068 §2.2: without a resource owner the subject is the client.
    kind: subject === claims.client_id || subject === claims.azp ? 'service' : 'human',
    ...(email === undefined ? {} : { email }),
    ...(name === undefined ? {} : { name }),
    ...(team === undefined ? {} : { team }),
    ...(timezone === undefined ? {} : { timezone }),
  }
}

/** The agent that acts for the person (RFC 8693 `act`): the outermost actor is the current one. */
export function actorOf(claims: JWTPayload): string | undefined {
  const act = claims.act
  return typeof act === 'object' && act !== null && 'sub' in act ? textOf(act.sub) : undefined
}

/** A claim that config does not name is not missing. */
export const hasClaim = (claims: JWTPayload, name: string | undefined): boolean =>
  name === undefined || at(claims, name) !== undefined

/** `realm_access.roles` reaches into objects, unless a claim is called so as a whole. */
function at(claims: JWTPayload, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name]
  let value: unknown = claims
  for (const part of name.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined
    value = (value as Record<string, unknown>)[part]
  }
  return value
}

/** Text that can stand in an event, a page or a Slack message as a name: no control or direction characters. */
export const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' &&
  value.length > 0 &&
  value.length <= 255 &&
  !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(value)
    ? value
    : undefined

const groups = (value: unknown): string[] =>
  (Array.isArray(value) ? value : [value]).filter((group): group is string => typeof group === 'string')
