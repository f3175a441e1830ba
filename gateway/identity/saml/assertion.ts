import { z } from 'zod'
import type { SamlProviderConfig } from '../../config.ts'
import { fail } from '../errors.ts'

/** What was signed, as node-saml's reader gives it: prefixes gone, every element a list, attributes under `$`. */
const attributes = z.record(z.string(), z.string())
const text = z.object({ _: z.string().default(''), $: attributes.default({}) })
const bare = z.object({ $: attributes.default({}) })
const audience = z.object({ Audience: z.array(text).min(1) })

const shape = z.object({
  Assertion: z.object({
    $: attributes,
    Issuer: z.tuple([text]),
    Subject: z.tuple([
      z.object({
        NameID: z.tuple([text]),
        SubjectConfirmation: z
          .array(z.object({ $: attributes, SubjectConfirmationData: z.tuple([bare]).optional() }))
          .min(1),
      }),
    ]),
    Conditions: z.tuple([
      z.object({ $: attributes.default({}), AudienceRestriction: z.array(audience).min(1) }),
    ]),
    AuthnStatement: z.tuple([bare]),
    AttributeStatement: z
      .array(
        z.object({
          Attribute: z
            .array(z.object({ $: attributes, AttributeValue: z.array(z.unknown()).default([]) }))
            .default([]),
        }),
      )
      .default([]),
  }),
})

export interface Assertion {
  id: string
  nameId: string
  /** The request this answers. */
  request: string
  /** ms since epoch: when the person signed in at the provider, and until when it may be used and remembered. */
  authenticated: number
  ends: number
  /** ms since epoch: when the provider wants the session to end. */
  sessionEnds: number | undefined
  attribute(name: string): string[]
}

/**
 * Everything that SAML 2.0 profiles §4.1.4.3 asks of a bearer assertion, on exactly what was signed: node-saml checks
 * the signature, some of this and some only if it is there.
 * @throws TW_AUTH_SAML_INVALID
 */
export function checkedAssertion(
  signed: unknown,
  { provider, acs, now }: { provider: SamlProviderConfig; acs: string; now: number },
): Assertion {
  const wrong = (problem: string) => fail('TW_AUTH_SAML_INVALID', { provider: provider.name, problem })
  const parsed = shape.safeParse(signed)
  if (!parsed.success) throw wrong(`${placeOf(parsed.error)} is missing, there twice or of another form`)
  const { $: own, Issuer, Subject, Conditions, AuthnStatement, AttributeStatement } = parsed.data.Assertion
  const id = own.ID
  if (!id || id.length > 300) throw wrong('the assertion has no ID')
  if (Issuer[0]._ !== provider.entity_id) throw wrong('its issuer')

  const time = (value: string | undefined): number | undefined => {
    if (value === undefined) return undefined
    const ms = /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/.test(value) ? Date.parse(value) : Number.NaN
    if (Number.isNaN(ms)) throw wrong('its times')
    return ms
  }
  const valid = (from: number | undefined, to: number | undefined) =>
    (from === undefined || now + provider.skew >= from) && (to === undefined || now - provider.skew < to)

  const conditions = Conditions[0]
  const until = time(conditions.$.NotOnOrAfter)
  if (!valid(time(conditions.$.NotBefore), until)) throw wrong('its times')
  const forUs = conditions.AudienceRestriction.every(({ Audience }) =>
    Audience.some(({ _ }) => _ === provider.sp_entity_id),
  )
  if (!forUs) throw wrong('its audience')

  const { NameID, SubjectConfirmation } = Subject[0]
  const confirmed = SubjectConfirmation.flatMap(({ $, SubjectConfirmationData }) => {
    const data = SubjectConfirmationData?.[0].$
    const to = time(data?.NotOnOrAfter)
    const bearer = $.Method === 'urn:oasis:names:tc:SAML:2.0:cm:bearer'
    // A bearer confirmation has no NotBefore, and must say until when, where, and what it answers.
    if (!bearer || !data || to === undefined || data.NotBefore !== undefined) return []
    return [{ to, recipient: data.Recipient, request: data.InResponseTo }]
  })
  if (confirmed.length === 0) throw wrong('it has no bearer confirmation')
  const here = confirmed.filter(({ recipient }) => recipient === acs)
  if (here.length === 0) throw wrong('its recipient')
  const timely = here.find(({ to }) => valid(undefined, to))
  if (!timely) throw wrong('its times')
  if (!timely.request) throw wrong('it answers no request')

  const nameId = NameID[0]._
  if (!/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]{1,255}$/u.test(nameId) || nameId.trim() !== nameId)
    throw wrong('its NameID')
  if (NameID[0].$.Format === 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient')
    throw wrong('its NameID is transient')
  const statement = AuthnStatement[0].$
  const instant = time(statement.AuthnInstant)
  if (instant === undefined || instant > now + provider.skew) throw wrong('its times')
  const sessionEnds = time(statement.SessionNotOnOrAfter)
  if (!valid(undefined, sessionEnds)) throw wrong('its times')
  const all = AttributeStatement.flatMap((one) => one.Attribute)
  return {
    id,
    nameId,
    request: timely.request,
    authenticated: Math.min(instant, now),
    ends: Math.max(timely.to, until ?? 0) + provider.skew,
    sessionEnds,
    attribute: (name) =>
      all.filter(({ $ }) => $.Name === name).flatMap(({ AttributeValue }) => AttributeValue.flatMap(textIn)),
  }
}

/** Names of our own shape alone: an attribute's name could be anything. */
const placeOf = ({ issues }: z.ZodError): string =>
  (issues[0]?.path ?? [])
    .filter((part) => typeof part === 'string' && /^[A-Z][A-Za-z]+$/.test(part))
    .join('/')

/** Text as it stands; a value with elements in it is none. */
function textIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  const parsed = z.strictObject({ _: z.string(), $: z.unknown().optional() }).safeParse(value)
  return parsed.success ? [parsed.data._] : []
}
