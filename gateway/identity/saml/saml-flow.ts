import { createHmac, timingSafeEqual } from 'node:crypto'
import { SAML, SamlStatusError, ValidateInResponseTo } from '@node-saml/node-saml'
import type { CodedError } from '../../../core/errors.ts'
import type { SamlProviderConfig } from '../../config.ts'
import { fail } from '../errors.ts'
import { textOf } from '../oidc/claims.ts'
import type { Claimed } from '../people.ts'
import type { IdentityDeps } from '../prove.ts'
import { PATIENCE } from '../web/pending.ts'
import { type Assertion, checkedAssertion } from './assertion.ts'
import { decrypted, isEncrypted } from './decrypt.ts'
import type { Replays } from './replays.ts'
import { guardedXml } from './xml-guard.ts'

export interface SamlResult {
  claimed: Claimed
  request: string
  /** ms since epoch. */
  authenticated: number
  sessionEnds: number | undefined
}

/**
 * Web browser SSO with one identity provider: requests by HTTP-Redirect, responses by HTTP-POST. A request's id says
 * itself that it is ours and how old it is, so that any replica can take the response; which browser asked is known
 * only to that browser's cookie, and compared where the sign-in ends.
 */
export class SamlFlow {
  readonly provider: SamlProviderConfig
  readonly #deps: IdentityDeps
  readonly #replays: Replays

  constructor(provider: SamlProviderConfig, deps: IdentityDeps, replays: Replays) {
    this.provider = provider
    this.#deps = deps
    this.#replays = replays
  }

  async location(acs: string, fresh: boolean): Promise<{ location: string; request: string }> {
    const request = this.#requestId()
    const location = await this.#saml(acs, { request, fresh }).getAuthorizeUrlAsync('', undefined, {})
    return { location, request }
  }

  /** For the provider: who we are and where responses go. */
  metadata(acs: string): string {
    const { certificate, decryption_certificate } = this.provider
    return this.#saml(acs, { described: true }).generateServiceProviderMetadata(
      decryption_certificate ?? null,
      certificate ?? null,
    )
  }

  /**
   * Who a response is about. Each assertion is good once, on all replicas together.
   * @throws TW_AUTH_SAML_INVALID, TW_AUTH_SAML_REPLAY, TW_AUTH_SIGN_IN_REFUSED, TW_AUTH_STORE_DOWN
   */
  async response(samlResponse: string, acs: string): Promise<SamlResult> {
    const { provider } = this
    const { decryption_key: key } = provider
    const sent = guardedXml(samlResponse, provider.name, key !== undefined)
    const xml = key !== undefined && isEncrypted(sent) ? await decrypted(sent, key, provider.name) : sent
    const SAMLResponse = Buffer.from(xml).toString('base64')
    const { profile } = await this.#saml(acs)
      .validatePostResponseAsync({ SAMLResponse })
      .catch((error: unknown) => {
        throw this.#coded(error)
      })
    const now = this.#deps.clock.now()
    const assertion = checkedAssertion(profile?.getAssertion?.(), { provider, acs, now })
    if (!this.#ours(assertion.request)) throw this.#invalid('it answers no request of ours')
    const result = { ...this.#result(assertion), request: assertion.request }
    await this.#replays.once(`${provider.entity_id}#${assertion.id}`, assertion.ends)
    return result
  }

  #result({ nameId, attribute, authenticated, sessionEnds }: Assertion) {
    const { name, entity_id, attributes } = this.provider
    const first = (of: string | undefined) => (of === undefined ? undefined : textOf(attribute(of)[0]))
    const user = attributes.user === undefined ? nameId : first(attributes.user)
    if (user === undefined) throw fail('TW_AUTH_CLAIMS', { claim: attributes.user, provider: name })
    const email = first(attributes.email)
    const called = first(attributes.name)
    const team = first(attributes.team)
    const timezone = first(attributes.timezone)
    const claimed: Claimed = {
      provider: name,
      // A provider may speak both protocols under one name, with other people behind equal names.
      subject: `saml:${entity_id}#${nameId}`,
      user,
      groups: attribute(attributes.groups),
      kind: 'human',
      ...(email === undefined ? {} : { email }),
      ...(called === undefined ? {} : { name: called }),
      ...(team === undefined ? {} : { team }),
      ...(timezone === undefined ? {} : { timezone }),
    }
    return { claimed, authenticated, sessionEnds }
  }

  #saml(
    acs: string,
    {
      request,
      fresh = false,
      described = false,
    }: { request?: string; fresh?: boolean; described?: boolean } = {},
  ): SAML {
    const { entity_id, sso, certificates, sp_entity_id, key, name_id, skew } = this.provider
    const { decryption_key, decryption_certificate } = this.provider
    return new SAML({
      issuer: sp_entity_id,
      audience: sp_entity_id,
      callbackUrl: acs,
      entryPoint: sso,
      idpIssuer: entity_id,
      idpCert: certificates,
      identifierFormat: name_id,
      wantAssertionsSigned: true,
      wantAuthnResponseSigned: false,
      disableRequestedAuthnContext: true,
      forceAuthn: fresh,
      acceptedClockSkewMs: skew,
      validateInResponseTo: ValidateInResponseTo.always,
      requestIdExpirationPeriodMs: PATIENCE,
      generateUniqueId: () => request ?? this.#requestId(),
      signatureAlgorithm: 'sha256',
      digestAlgorithm: 'sha256',
      ...(key === undefined ? {} : { privateKey: key }),
      // Decrypting is done before it reads anything; its metadata names the certificate only if it has the key.
      ...(described && decryption_key !== undefined && decryption_certificate !== undefined
        ? { decryptionPvk: decryption_key }
        : {}),
      // What node-saml would remember, the id says itself.
      cacheProvider: {
        saveAsync: async () => null,
        removeAsync: async () => null,
        getAsync: async (id) => {
          const at = this.#ours(id)
          return at === undefined ? null : new Date(at).toISOString()
        },
      },
    })
  }

  #requestId(): string {
    const { random, clock } = this.#deps
    const own = `_tw${clock.now().toString(36)}-${random.bytes(16).toString('hex')}`
    return `${own}-${this.#mac(own)}`
  }

  /** When we made this request (ms since epoch), if we did, lately. */
  #ours(id: string): number | undefined {
    const [, own = '', time = '', mac = ''] =
      /^(_tw([0-9a-z]{1,12})-[0-9a-f]{32})-([0-9a-f]{32})$/.exec(id) ?? []
    if (mac === '' || !timingSafeEqual(Buffer.from(this.#mac(own)), Buffer.from(mac))) return undefined
    const at = Number.parseInt(time, 36)
    return this.#deps.clock.now() > at + PATIENCE ? undefined : at
  }

  #mac(own: string): string {
    const key = this.#deps.master.derive('saml-request')
    return createHmac('sha256', key).update(`${this.provider.name}\n${own}`).digest('hex').slice(0, 32)
  }

  #invalid(problem: string): CodedError {
    return fail('TW_AUTH_SAML_INVALID', { provider: this.provider.name, problem })
  }

  /** node-saml's words go to the log; what may be said is known beforehand. */
  #coded(error: unknown): CodedError {
    const { name: provider } = this.provider
    this.#deps.log.info({ err: error, provider }, 'a SAML response was refused')
    if (error instanceof SamlStatusError) {
      const word = /returned (\w{1,40}) error/.exec(error.message)?.[1]
      return fail('TW_AUTH_SIGN_IN_REFUSED', { provider, reason: word ?? 'an unknown status' })
    }
    const said = error instanceof Error ? error.message : ''
    if (/InResponseTo/.test(said)) return this.#invalid('it answers no request of ours')
    if (/audience/i.test(said)) return this.#invalid('its audience')
    if (/expired|not yet|too old|subject confirmation/i.test(said)) return this.#invalid('its times')
    return this.#invalid('its signature or form')
  }
}
