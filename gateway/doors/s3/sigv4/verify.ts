import { timingSafeEqual } from 'node:crypto'
import { fail } from '../errors.ts'
import type { Sent } from '../request/headers.ts'
import type { Target } from '../request/target.ts'
import { refuse } from '../techniques.ts'
import {
  ALGORITHM,
  canonicalRequest,
  folded,
  parseAmzTime,
  type Scope,
  signatureOf,
  signingKey,
  stringToSign,
  UNSIGNED,
} from './signature.ts'

/** What a request says about its own signature; nothing of it is proven yet. */
export interface Claim {
  accessKeyId: string
  scope: Scope
  /** YYYYMMDDTHHMMSSZ */
  time: string
  signedHeaders: readonly string[]
  signature: string
  /** The payload hash, or the word that stands for it. */
  payload: string
  presigned: boolean
}

/** What is proven once `verify` returned; the chunks of a body are signed by the same key, each after the one before. */
export interface Proven {
  key: Buffer
  scope: Scope
  time: string
  seed: string
}

/** How far apart the clocks may be, and how long a request that was overheard can be sent again, ms. */
export const SKEW = 15 * 60_000

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 +Credential=([^\s,]{1,200}) *, *SignedHeaders=([a-z0-9;._-]{1,4000}) *, *Signature=([0-9a-f]{64})$/
const CREDENTIAL = /^([A-Za-z0-9]{8,128})\/(\d{8})\/([a-z0-9-]{1,40})\/([a-z0-9-]{1,40})\/aws4_request$/
const PAYLOADS = new Set([
  UNSIGNED,
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
  'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
])

export interface Expectation {
  region: string
  now: number
  /** The longest life of a presigned URL, ms; undefined: none is accepted. */
  presigned: number | undefined
}

/**
 * Reads the signature off a request and checks all that needs no key: form, scope, time.
 * @throws TW_S3_UNAUTHENTICATED, TW_S3_SIGNATURE_FORM, TW_S3_REGION, TW_S3_SKEW, TW_S3_PRESIGNED…
 */
export function claimOf(target: Target, sent: Sent, expect: Expectation): Claim {
  const query = new Map(target.query)
  const inQuery = query.has('X-Amz-Signature') || query.has('X-Amz-Algorithm')
  if (!inQuery && (query.has('Signature') || query.has('AWSAccessKeyId'))) throw form('version 2')
  if (inQuery && sent.authorization !== undefined) throw form('one in the header and one in the URL')
  if (!inQuery && sent.authorization === undefined) throw fail('TW_S3_UNAUTHENTICATED')
  const claim = inQuery ? presignedClaim(query, sent, expect) : headerClaim(sent, expect.now)
  const { scope, time } = claim
  if (scope.day !== time.slice(0, 8)) throw form('the day of the scope is not that of the time')
  if (scope.service !== 's3')
    throw refuse('TW_S3_SIGNATURE_FORM', 'signature-scope', { problem: 'another service than s3' })
  if (scope.region !== expect.region)
    throw refuse('TW_S3_REGION', 'signature-scope', { region: expect.region })
  mustSign(claim, sent)
  return claim
}

function headerClaim(sent: Sent, now: number): Claim {
  const [, credential, headers, signature] = AUTHORIZATION.exec(sent.authorization ?? '') ?? []
  if (credential === undefined || headers === undefined || signature === undefined)
    throw form('the authorization header is not AWS4-HMAC-SHA256')
  const payload = sent['x-amz-content-sha256']
  if (payload === undefined) throw form('x-amz-content-sha256 is missing')
  if (!PAYLOADS.has(payload) && !/^[0-9a-f]{64}$/.test(payload)) throw form('x-amz-content-sha256')
  const time = sent['x-amz-date']
  if (time === undefined) throw form('x-amz-date is missing')
  const at = parseAmzTime(time)
  if (!Number.isFinite(at)) throw form('x-amz-date')
  if (Math.abs(at - now) > SKEW) throw fail('TW_S3_SKEW')
  return {
    ...credentialOf(credential),
    time,
    signedHeaders: headers.split(';'),
    signature,
    payload,
    presigned: false,
  }
}

function presignedClaim(query: ReadonlyMap<string, string>, sent: Sent, expect: Expectation): Claim {
  if (expect.presigned === undefined) throw refuse('TW_S3_PRESIGNED', 'presigned-link')
  const get = (name: string) => query.get(name) ?? ''
  if (get('X-Amz-Algorithm') !== ALGORITHM) throw form('X-Amz-Algorithm')
  if (query.has('X-Amz-Security-Token')) throw form('a session token')
  if (!/^[0-9a-f]{64}$/.test(get('X-Amz-Signature'))) throw form('X-Amz-Signature')
  if (!/^\d{1,7}$/.test(get('X-Amz-Expires'))) throw form('X-Amz-Expires')
  if (!/^[a-z0-9;._-]{1,4000}$/.test(get('X-Amz-SignedHeaders'))) throw form('X-Amz-SignedHeaders')
  const life = Number(get('X-Amz-Expires')) * 1000
  if (life < 1000 || life > expect.presigned) throw refuse('TW_S3_PRESIGNED', 'presigned-link')
  const time = get('X-Amz-Date')
  const at = parseAmzTime(time)
  if (!Number.isFinite(at)) throw form('X-Amz-Date')
  if (at - expect.now > SKEW) throw fail('TW_S3_SKEW')
  if (expect.now > at + life) throw fail('TW_S3_PRESIGNED_EXPIRED')
  const payload = sent['x-amz-content-sha256'] ?? query.get('X-Amz-Content-Sha256') ?? UNSIGNED
  if (payload !== UNSIGNED) throw form('a presigned URL with a signed body')
  return {
    ...credentialOf(get('X-Amz-Credential')),
    time,
    signedHeaders: get('X-Amz-SignedHeaders').split(';'),
    signature: get('X-Amz-Signature'),
    payload,
    presigned: true,
  }
}

function credentialOf(text: string): { accessKeyId: string; scope: Scope } {
  const [, accessKeyId, day, region, service] = CREDENTIAL.exec(text) ?? []
  if (accessKeyId === undefined || day === undefined || region === undefined || service === undefined)
    throw form('the credential')
  return { accessKeyId, scope: { day, region, service } }
}

/** What is not signed could be another's: host, and every header that says what to do. */
function mustSign({ signedHeaders, presigned }: Claim, sent: Sent): void {
  const signed = new Set(signedHeaders)
  if (signed.size !== signedHeaders.length) throw form('a header signed twice')
  const sorted = [...signedHeaders].sort()
  if (sorted.some((name, i) => name !== signedHeaders[i])) throw form('signed headers are not in order')
  if (!signed.has('host')) throw refuse('TW_S3_SIGNATURE_FORM', 'unsigned-header', { problem: 'host' })
  for (const name of signedHeaders) if (sent[name] === undefined) throw form('a signed header is not there')
  for (const name of Object.keys(sent)) {
    if (!name.startsWith('x-amz-') || signed.has(name)) continue
    // Clients add these to a presigned request after it was signed; they change nothing here.
    if (presigned && (name === 'x-amz-content-sha256' || name === 'x-amz-user-agent')) continue
    throw refuse('TW_S3_SIGNATURE_FORM', 'unsigned-header', { problem: name })
  }
}

/** Compares the claim with what the key's secret gives. @throws TW_S3_SIGNATURE */
export function verify(claim: Claim, method: string, target: Target, sent: Sent, secret: string): Proven {
  const key = signingKey(secret, claim.scope)
  const request = canonicalRequest({
    method,
    path: target.path,
    query: target.query.filter(([name]) => name !== 'X-Amz-Signature'),
    headers: claim.signedHeaders.map((name) => [name, folded(sent[name] ?? '')] as const),
    payload: claim.payload,
  })
  const expected = signatureOf(key, stringToSign(claim.time, claim.scope, request))
  if (!timingSafeEqual(Buffer.from(expected), Buffer.from(claim.signature))) throw fail('TW_S3_SIGNATURE')
  return { key, scope: claim.scope, time: claim.time, seed: expected }
}

const form = (problem: string) => fail('TW_S3_SIGNATURE_FORM', { problem })
