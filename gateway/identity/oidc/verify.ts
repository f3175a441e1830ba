import {
  decodeJwt,
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  type JWTVerifyOptions,
  type JWTVerifyResult,
  jwtVerify,
} from 'jose'
import type { Clock } from '../../../core/clock.ts'
import type { CodedError } from '../../../core/errors.ts'
import { fail } from '../errors.ts'
import type { KeySet, ProviderConfig, ProviderKeys } from './keys.ts'

export interface Provider {
  config: ProviderConfig
  keys: ProviderKeys
}

/** RFC 9068 says `at+jwt`; many providers still say `JWT`, or nothing. */
const ACCESS_TYPES = new Set(['at+jwt', 'application/at+jwt', 'jwt'])
/** Claims that only other kinds of token carry: ID tokens (OIDC core, hybrid flow) and logout tokens. */
const FOREIGN = ['nonce', 'at_hash', 'c_hash', 's_hash', 'events']

/** Verifies a JWT access token of one of the providers: its provider and its claims. @throws TW_AUTH_… */
export async function verifyAccessToken(
  token: string,
  providers: readonly Provider[],
  clock: Clock,
  thumbprint?: string,
): Promise<{ provider: Provider; claims: JWTPayload }> {
  const { typ, iss, aud } = peek(token)
  const issued = providers.filter(({ config }) => config.issuer === iss)
  const audiences = new Set([aud].flat())
  const provider =
    issued.find(({ config }) => [config.audience].flat().some((name) => audiences.has(name))) ?? issued[0]
  if (!provider) throw fail('TW_AUTH_ISSUER')
  if (typ !== undefined && (typeof typ !== 'string' || !ACCESS_TYPES.has(typ.toLowerCase())))
    throw fail('TW_AUTH_NOT_ACCESS_TOKEN')
  const options: JWTVerifyOptions = {
    issuer: provider.config.issuer,
    audience: provider.config.audience,
    algorithms: provider.config.algorithms,
    clockTolerance: provider.config.skew / 1e3,
    currentDate: new Date(clock.now()),
    requiredClaims: ['sub', 'exp', 'iat'],
  }
  const claims = await checkSignature(token, provider, options)
  checkUse(claims, provider.config, clock)
  if (!isProven(claims.cnf, thumbprint)) throw fail('TW_AUTH_BOUND')
  return { provider, claims }
}

/** What the token says before anything is proven: only to choose the provider and to refuse early. */
function peek(token: string): { typ: unknown; iss: unknown; aud: unknown } {
  try {
    const { typ } = decodeProtectedHeader(token)
    const { iss, aud } = decodeJwt(token)
    return { typ, iss, aud }
  } catch {
    throw fail('TW_AUTH_MALFORMED')
  }
}

async function checkSignature(token: string, provider: Provider, options: JWTVerifyOptions) {
  const known = await provider.keys.current()
  try {
    return (await verifyWith(token, known, options)).payload
  } catch (error) {
    if (!mayBeRotated(error)) throw coded(error, provider.config)
    const rotated = await provider.keys.rotated()
    if (!rotated) throw coded(error, provider.config)
    try {
      return (await verifyWith(token, rotated, options)).payload
    } catch (again) {
      throw coded(again, provider.config)
    }
  }
}

/** A bad signature may mean that a provider without key ids, or one that reuses them, has rotated. */
const mayBeRotated = (error: unknown) =>
  error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWSSignatureVerificationFailed

async function verifyWith(token: string, keys: KeySet, options: JWTVerifyOptions): Promise<JWTVerifyResult> {
  try {
    return await jwtVerify(token, keys, options)
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error
    // No kid, several keys of the kind: each may be the one.
    for await (const key of error) {
      try {
        return await jwtVerify(token, key, options)
      } catch (one) {
        if (!(one instanceof errors.JWSSignatureVerificationFailed)) throw one
      }
    }
    throw new errors.JWSSignatureVerificationFailed()
  }
}

/** Unbound, or bound to the certificate of this connection and to nothing else (RFC 8705 §3). */
function isProven(cnf: unknown, thumbprint: string | undefined): boolean {
  if (cnf === undefined) return true
  if (typeof cnf !== 'object' || cnf === null || thumbprint === undefined) return false
  return Object.keys(cnf).length === 1 && 'x5t#S256' in cnf && cnf['x5t#S256'] === thumbprint
}

function checkUse(claims: JWTPayload, config: ProviderConfig, clock: Clock): void {
  const type = claims.typ
  if (FOREIGN.some((name) => claims[name] !== undefined)) throw fail('TW_AUTH_NOT_ACCESS_TOKEN')
  if (type !== undefined && (typeof type !== 'string' || !/^(bearer|access_token|at\+jwt)$/i.test(type)))
    throw fail('TW_AUTH_NOT_ACCESS_TOKEN')
  if ((claims.iat ?? 0) * 1e3 > clock.now() + config.skew) throw fail('TW_AUTH_NOT_YET')
  if (config.clients) {
    const named = [claims.azp, claims.client_id].filter((client) => client !== undefined)
    const allowed = named.every((client) => typeof client === 'string' && config.clients?.includes(client))
    if (named.length === 0 || !allowed) throw fail('TW_AUTH_CLIENT', { provider: config.name })
  }
}

/** jose's errors in this room's terms. The token and its claims' values stay out. */
function coded(error: unknown, { name: provider }: ProviderConfig): CodedError {
  if (error instanceof errors.JWTExpired) return fail('TW_AUTH_EXPIRED')
  if (error instanceof errors.JOSEAlgNotAllowed) return fail('TW_AUTH_ALGORITHM', { provider })
  if (error instanceof errors.JWKSNoMatchingKey) return fail('TW_AUTH_KEY_UNKNOWN', { provider })
  if (error instanceof errors.JWSSignatureVerificationFailed) return fail('TW_AUTH_SIGNATURE', { provider })
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'aud') return fail('TW_AUTH_AUDIENCE', { provider })
    if (error.reason === 'check_failed' && (error.claim === 'nbf' || error.claim === 'iat'))
      return fail('TW_AUTH_NOT_YET')
    return fail('TW_AUTH_CLAIMS', { claim: error.claim, provider })
  }
  return fail('TW_AUTH_MALFORMED')
}
