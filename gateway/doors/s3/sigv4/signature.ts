import { createHmac, hash } from 'node:crypto'
import { pathEncode, uriEncode } from './encode.ts'

/**
 * AWS Signature Version 4 for S3, both to check what clients signed and to sign what goes to the backend.
 *
 *   canonical request ─▶ SHA-256 ─▶ string to sign (time, scope) ─▶ HMAC under a key of day, region and service
 *
 * The *scope* is `<day>/<region>/<service>/aws4_request`; the *payload hash* is that of the body, or a word that says
 * how the body is signed instead. S3 encodes the path once, where the other services encode it twice.
 */
export interface SignedParts {
  method: string
  /** Decoded; `/bucket/key`. */
  path: string
  /** Decoded; without X-Amz-Signature. */
  query: readonly (readonly [string, string])[]
  /** Lower-case names, sorted, and values with their inner blanks folded. */
  headers: readonly (readonly [string, string])[]
  payload: string
}

export interface Scope {
  /** YYYYMMDD */
  day: string
  region: string
  service: string
}

export const ALGORITHM = 'AWS4-HMAC-SHA256'
export const UNSIGNED = 'UNSIGNED-PAYLOAD'
/** SHA-256 of nothing. */
export const EMPTY_HASH = hash('sha256', '', 'hex')

export const scopeText = ({ day, region, service }: Scope): string =>
  `${day}/${region}/${service}/aws4_request`

const byEncoded = (a: readonly [string, string], b: readonly [string, string]) =>
  a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : a[1] < b[1] ? -1 : a[1] > b[1] ? 1 : 0

export const canonicalQuery = (query: SignedParts['query']): string =>
  query
    .map(([name, value]) => [uriEncode(name), uriEncode(value)] as const)
    .sort(byEncoded)
    .map(([name, value]) => `${name}=${value}`)
    .join('&')

export const canonicalRequest = ({ method, path, query, headers, payload }: SignedParts): string =>
  [
    method,
    pathEncode(path),
    canonicalQuery(query),
    ...headers.map(([name, value]) => `${name}:${value}`),
    '',
    headers.map(([name]) => name).join(';'),
    payload,
  ].join('\n')

/** A header's value as it is signed. */
export const folded = (value: string): string => value.trim().replace(/ +/g, ' ')

/** `time` is YYYYMMDDTHHMMSSZ. */
export const stringToSign = (time: string, scope: Scope, request: string): string =>
  [ALGORITHM, time, scopeText(scope), hash('sha256', request, 'hex')].join('\n')

const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest()

export const signingKey = (secret: string, { day, region, service }: Scope): Buffer =>
  hmac(hmac(hmac(hmac(`AWS4${secret}`, day), region), service), 'aws4_request')

export const signatureOf = (key: Buffer, text: string): string =>
  createHmac('sha256', key).update(text).digest('hex')

/** ms since epoch → YYYYMMDDTHHMMSSZ */
export const amzTime = (ms: number): string =>
  `${new Date(ms).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`

const TIME = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/

/** The reverse; NaN for any other text. */
export function parseAmzTime(text: string): number {
  const [, year, month, day, hour, minute, second] = TIME.exec(text) ?? []
  return year === undefined ? Number.NaN : Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
}
