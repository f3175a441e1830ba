import { decodeJwt } from 'jose'
import {
  type Configuration,
  initiateDeviceAuthorization,
  pollDeviceAuthorizationGrant,
  ResponseBodyError,
  refreshTokenGrant,
  type TokenEndpointResponse,
  type TokenEndpointResponseHelpers,
  tokenRevocation,
} from 'openid-client'
import type { Clock } from '../../../core/clock.ts'
import type { IdentityConfig } from '../../config.ts'
import { fail } from '../errors.ts'
import { openClient } from './client.ts'

/** What the command line must know of a provider to sign in with it: no secret, so a console may tell it to anybody. */
export interface DeviceProvider {
  name: string
  issuer: string
  client: string
  scopes: readonly string[]
  parameters: Readonly<Record<string, string>>
  /** Clock skew, ms. */
  skew: number
}

/** What a provider gave; times are ms since epoch. */
export interface DeviceTokens {
  access: string
  expires: number
  refresh?: string
  subject: string
}

/** What the person is told. Text from the provider, without control characters. */
export interface DeviceCode {
  url: string
  code: string
  /** With the code in it, where the provider has such a page. */
  complete?: string
  /** ms since epoch. */
  expires: number
}

export const deviceProviders = ({ oidc }: IdentityConfig): DeviceProvider[] =>
  oidc.flatMap(({ name, issuer, skew, device }) => (device ? [{ name, issuer, skew, ...device }] : []))

/**
 * Device authorization (RFC 8628): tells the code, then asks the provider at its own pace until the person has decided.
 * @throws TW_AUTH_PROVIDER_DOWN, TW_AUTH_SIGN_IN_REFUSED, TW_AUTH_DEVICE_EXPIRED, TW_AUTH_DEVICE_NONE,
 * TW_AUTH_DEVICE_TOKEN
 */
export async function deviceLogin(
  provider: DeviceProvider,
  clock: Clock,
  tell: (code: DeviceCode) => void,
): Promise<DeviceTokens> {
  const client = await open(provider)
  if (client.serverMetadata().device_authorization_endpoint === undefined)
    throw fail('TW_AUTH_DEVICE_NONE', { provider: provider.name })
  const { parameters, scopes } = provider
  const asked = await initiateDeviceAuthorization(client, { ...parameters, scope: scopes.join(' ') }).catch(
    refused(provider),
  )
  const until = clock.now() + asked.expires_in * 1e3
  tell({
    url: plain(asked.verification_uri),
    code: plain(asked.user_code),
    ...(asked.verification_uri_complete ? { complete: plain(asked.verification_uri_complete) } : {}),
    expires: until,
  })
  const signal = AbortSignal.timeout(asked.expires_in * 1e3)
  const tokens = await pollDeviceAuthorizationGrant(client, asked, parameters, { signal }).catch(
    (error: unknown) => {
      const late = error instanceof ResponseBodyError && error.error === 'expired_token'
      if (late || signal.aborted) throw fail('TW_AUTH_DEVICE_EXPIRED')
      return refused(provider)(error)
    },
  )
  return given(provider, clock, tokens)
}

/** New tokens for a refresh token. @throws as deviceLogin */
export async function deviceRefresh(
  provider: DeviceProvider,
  clock: Clock,
  refresh: string,
): Promise<DeviceTokens> {
  const client = await open(provider)
  const tokens = await refreshTokenGrant(client, refresh, provider.parameters).catch(refused(provider))
  return { refresh, ...given(provider, clock, tokens) }
}

/** Tells the provider that the refresh token is given up, where it listens. @throws TW_AUTH_PROVIDER_DOWN */
export async function deviceLogout(provider: DeviceProvider, refresh: string): Promise<void> {
  const client = await open(provider)
  if (client.serverMetadata().revocation_endpoint === undefined) return
  await tokenRevocation(client, refresh, { token_type_hint: 'refresh_token' }).catch(refused(provider))
}

async function open(provider: DeviceProvider): Promise<Configuration> {
  try {
    return await openClient(provider, { id: provider.client })
  } catch (error) {
    throw fail('TW_AUTH_PROVIDER_DOWN', { provider: provider.name }, error)
  }
}

const refused = (provider: DeviceProvider) => (error: unknown) => {
  if (!(error instanceof ResponseBodyError))
    throw fail('TW_AUTH_SIGN_IN_FAILED', { provider: provider.name }, error)
  const reason = /^[a-z_]{1,40}$/.test(error.error) ? error.error : 'an unknown error'
  throw fail('TW_AUTH_SIGN_IN_REFUSED', { provider: provider.name, reason }, error)
}

/** The gateway takes JWTs alone: better said now than at the first request. */
function given(
  provider: DeviceProvider,
  clock: Clock,
  tokens: TokenEndpointResponse & TokenEndpointResponseHelpers,
): DeviceTokens {
  const { access_token: access, refresh_token: refresh } = tokens
  const claims = claimsOf(access)
  if (typeof claims?.sub !== 'string') throw fail('TW_AUTH_DEVICE_TOKEN', { provider: provider.name })
  const seconds = tokens.expiresIn()
  const expires = seconds === undefined ? (claims.exp ?? 0) * 1e3 : clock.now() + seconds * 1e3
  return { access, expires, subject: claims.sub, ...(refresh === undefined ? {} : { refresh }) }
}

function claimsOf(token: string) {
  try {
    return decodeJwt(token)
  } catch {
    return undefined
  }
}

const plain = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '')
