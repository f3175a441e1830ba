import { decodeProtectedHeader } from 'jose'
import {
  AuthorizationResponseError,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  buildEndSessionUrl,
  ClientError,
  type Configuration,
  calculatePKCECodeChallenge,
  fetchUserInfo,
  type IDToken,
  ResponseBodyError,
} from 'openid-client'
import type { Clock } from '../../../core/clock.ts'
import type { CodedError } from '../../../core/errors.ts'
import type { Logger } from '../../../core/log.ts'
import type { OidcProviderConfig } from '../../config.ts'
import { fail } from '../errors.ts'
import type { Claimed } from '../people.ts'
import { claimedBy, hasClaim } from './claims.ts'
import { openClient } from './client.ts'

/** What begins in one request and ends in another; kept sealed in the browser that began. */
export interface CodePending {
  state: string
  nonce: string
  verifier: string
  fresh: boolean
  /** ms since epoch. */
  started: number
}

export interface CodeResult {
  claimed: Claimed
  /** ms since epoch; 0 where the provider does not say. */
  authenticated: number
  idToken: string
}

/** Discovery is asked again after this, so that a provider may move its endpoints. */
const FRESH = 10 * 60e3
/** What of an ID token is wrong, by openid-client's codes. */
const CODES: Readonly<Record<string, string>> = {
  OAUTH_JWT_TIMESTAMP_CHECK_FAILED: 'its times',
  OAUTH_JWT_CLAIM_COMPARISON_FAILED: 'its issuer, audience or nonce',
  OAUTH_KEY_SELECTION_FAILED: 'its key',
  OAUTH_INVALID_RESPONSE: 'its signature or form',
}

/** The authorization code flow with PKCE (RFC 7636, RFC 9700) with one provider. */
export class CodeFlow {
  readonly provider: OidcProviderConfig
  readonly #clock: Clock
  readonly #log: Logger
  #client: Configuration | undefined
  #opened = Number.NEGATIVE_INFINITY

  constructor(provider: OidcProviderConfig, clock: Clock, log: Logger) {
    this.provider = provider
    this.#clock = clock
    this.#log = log
  }

  /** Where the browser is sent. @throws TW_AUTH_PROVIDER_DOWN */
  async location(pending: CodePending, redirectUri: string): Promise<string> {
    const { sign_in } = this.provider
    const client = await this.#open()
    const url = buildAuthorizationUrl(client, {
      ...sign_in?.parameters,
      redirect_uri: redirectUri,
      scope: (sign_in?.scopes ?? ['openid']).join(' '),
      state: pending.state,
      nonce: pending.nonce,
      code_challenge: await calculatePKCECodeChallenge(pending.verifier),
      code_challenge_method: 'S256',
      ...(pending.fresh ? { prompt: 'login', max_age: '0' } : {}),
    })
    return url.href
  }

  /**
   * The code for tokens, the ID token checked (signature, iss, aud, azp, exp, iat, nonce, auth_time), the claims it
   * lacks from userinfo. `callback` is the whole address the browser came back to.
   * @throws TW_AUTH_SIGN_IN_REFUSED, TW_AUTH_SIGN_IN_FAILED, TW_AUTH_ID_TOKEN, TW_AUTH_NOT_FRESH, TW_AUTH_CLAIMS,
   * TW_AUTH_PROVIDER_DOWN
   */
  async finish(callback: URL, pending: CodePending): Promise<CodeResult> {
    const client = await this.#open()
    const { fresh } = pending
    const tokens = await authorizationCodeGrant(
      client,
      callback,
      {
        expectedState: pending.state,
        expectedNonce: pending.nonce,
        pkceCodeVerifier: pending.verifier,
        idTokenExpected: true,
      },
      this.provider.sign_in?.parameters,
    ).catch((error: unknown) => {
      throw this.#coded(error)
    })
    const claims = tokens.claims()
    if (!claims || tokens.id_token === undefined) throw this.#invalid('there is none')
    this.#check(tokens.id_token, claims)
    const authenticated = typeof claims.auth_time === 'number' ? claims.auth_time * 1e3 : 0
    if (fresh && authenticated < pending.started - this.provider.skew)
      throw fail('TW_AUTH_NOT_FRESH', { provider: this.provider.name })
    const all = await this.#completed(client, claims, tokens.access_token)
    return {
      claimed: { ...claimedBy(all, this.provider), kind: 'human' },
      authenticated: Math.min(authenticated, this.#clock.now()),
      idToken: tokens.id_token,
    }
  }

  /** The provider's own sign-out, if it has one; the browser comes back to `after`. */
  async endSession(idToken: string | undefined, after: string): Promise<string | undefined> {
    const client = await this.#open()
    if (client.serverMetadata().end_session_endpoint === undefined) return undefined
    return buildEndSessionUrl(client, {
      post_logout_redirect_uri: after,
      ...(idToken === undefined ? {} : { id_token_hint: idToken }),
    }).href
  }

  /** What openid-client leaves to its caller. */
  #check(idToken: string, { azp, typ }: IDToken): void {
    const { algorithms, sign_in } = this.provider
    const { alg } = decodeProtectedHeader(idToken)
    if (!algorithms.some((name) => name === alg)) throw this.#invalid('its algorithm')
    if (azp !== undefined && azp !== sign_in?.client) throw this.#invalid('its azp')
    // Keycloak says in `typ` what a token is; an access token of the same client is no proof of a sign-in.
    if (typeof typ === 'string' && !/^(id|jwt)$/i.test(typ)) throw this.#invalid('its type')
  }

  /**
   * Providers keep groups and the like for userinfo; what the ID token says goes first. Where userinfo does not answer,
   * the person has fewer roles, never more.
   */
  async #completed(client: Configuration, claims: IDToken, accessToken: string): Promise<IDToken> {
    const missing = Object.values(this.provider.claims).some((name) => !hasClaim(claims, name))
    if (!missing || client.serverMetadata().userinfo_endpoint === undefined) return claims
    try {
      return { ...(await fetchUserInfo(client, accessToken, claims.sub)), ...claims }
    } catch (error) {
      const another = error instanceof ClientError && error.code === 'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED'
      if (another) throw this.#invalid('userinfo speaks of somebody else')
      this.#log.warn({ err: error, provider: this.provider.name }, 'userinfo not read')
      return claims
    }
  }

  async #open(): Promise<Configuration> {
    const now = this.#clock.monotonic()
    if (this.#client && now - this.#opened < FRESH) return this.#client
    const { name, sign_in } = this.provider
    try {
      this.#client = await openClient(this.provider, {
        id: sign_in?.client ?? '',
        secret: sign_in?.secret,
        sent: sign_in?.secret_sent ?? 'basic',
      })
      this.#opened = now
      return this.#client
    } catch (error) {
      this.#log.warn({ err: error, provider: name }, 'identity provider not discovered')
      // What was discovered earlier is still its word.
      if (this.#client) return this.#client
      throw fail('TW_AUTH_PROVIDER_DOWN', { provider: name })
    }
  }

  #invalid(problem: string): CodedError {
    return fail('TW_AUTH_ID_TOKEN', { provider: this.provider.name, problem })
  }

  /** openid-client's errors in this room's terms; the provider's own words go to the log only. */
  #coded(error: unknown): CodedError {
    const { name: provider } = this.provider
    this.#log.info({ err: error, provider }, 'a sign-in failed')
    if (error instanceof AuthorizationResponseError || error instanceof ResponseBodyError)
      return fail('TW_AUTH_SIGN_IN_REFUSED', { provider, reason: wordOf(error.error) })
    const problem = error instanceof ClientError ? CODES[error.code ?? ''] : undefined
    return problem === undefined ? fail('TW_AUTH_SIGN_IN_FAILED', { provider }) : this.#invalid(problem)
  }
}

/** An OAuth error code as the standard has them; anything else is not repeated. */
const wordOf = (code: string): string => (/^[a-z_]{1,40}$/.test(code) ? code : 'an unknown error')
