import { refuse } from '../techniques.ts'

export type Sent = Readonly<Record<string, string>>

const MAX_HEADERS = 100
const MAX_VALUE = 16 * 1024
const OVERRIDE = new Set(['x-http-method', 'x-http-method-override', 'x-method-override'])
const URL_OVERRIDE = new Set(['x-original-url', 'x-rewrite-url', 'x-original-uri', 'x-accel-redirect'])
/** Other people's credentials and keys: nothing here knows what to do with them. */
const NOT_OFFERED =
  /^x-amz-(?:security-token|.*server-side-encryption.*|website-redirect-location|acl|grant-.*)$/

/**
 * What the client sent, by lower-case name; `raw` is node's rawHeaders. Nothing of it goes on to the backend by itself.
 * @throws TW_S3_HEADERS with the technique's name
 */
export function sentHeaders(raw: readonly string[]): Sent {
  if (raw.length > MAX_HEADERS * 2) throw refuse('TW_S3_HEADERS', 'header-flood')
  const sent: Record<string, string> = Object.create(null)
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase()
    const value = raw[i + 1]!
    if (value.length > MAX_VALUE) throw refuse('TW_S3_HEADERS', 'header-flood')
    if (OVERRIDE.has(name)) throw refuse('TW_S3_HEADERS', 'method-override')
    if (URL_OVERRIDE.has(name)) throw refuse('TW_S3_HEADERS', 'url-override-header')
    if (sent[name] !== undefined) throw refuse('TW_S3_HEADERS', 'duplicate-header')
    sent[name] = value
  }
  return sent
}

/** Headers that would change who may read what is stored, or with whose key. */
export const notOffered = (sent: Sent): string | undefined =>
  Object.keys(sent).find((name) => NOT_OFFERED.test(name))
