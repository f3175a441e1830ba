import { createHmac, hash, timingSafeEqual } from 'node:crypto'
import { type Clock, iso } from '../../core/clock.ts'
import { newId } from '../../core/ids.ts'
import type { Random } from '../../core/random.ts'
import type { MasterKey } from '../../core/secrets.ts'
import { fail } from './errors.ts'
import type { NewToken, TokenSummary } from './identity.ts'
import type { Records } from './records.ts'
import { newAccessKeyId, type S3KeyRecord } from './s3-keys.ts'

/**
 * Tracewarden's own tokens, for tools that cannot do OIDC: `tw_<id>_<secret>`. The secret is 192 random bits, of
 * which the record holds a plain SHA-256 (there is nothing to guess), and 64 bits of MAC, so that made-up tokens are
 * refused without asking the store.
 */
export interface TokenRecord extends TokenSummary {
  /** SHA-256 of the whole credential, hex. */
  hash: string
}

/** Both kinds share their documents, so that they are listed and revoked alike. */
export type AnyTokenRecord = TokenRecord | S3KeyRecord

const FORM = /^tw_([0-9A-HJKMNP-TV-Z]{26})_([A-Za-z0-9_-]{32})([A-Za-z0-9_-]{11})$/

export const isToken = (credential: string): boolean => credential.startsWith('tw_')

const sha256 = (text: string) => hash('sha256', text, 'hex')

const macOf = (master: MasterKey, id: string, secret: string) =>
  createHmac('sha256', master.derive('token')).update(`${id}_${secret}`).digest().subarray(0, 8)

/** The record of a credential that proves it, and the record's age. `wanted` as in Records.get. */
export async function proveToken(
  credential: string,
  records: Records<AnyTokenRecord>,
  master: MasterKey,
  wanted?: number,
): Promise<{ record: AnyTokenRecord; age: number }> {
  const [, id, secret, mac] = FORM.exec(credential) ?? []
  if (id === undefined || secret === undefined || mac === undefined) throw fail('TW_AUTH_MALFORMED')
  if (!timingSafeEqual(macOf(master, id, secret), Buffer.from(mac, 'base64url')))
    throw fail('TW_AUTH_TOKEN_UNKNOWN')
  const found = await records.get(`tok_${id}`, wanted)
  if (!found || !('hash' in found.record)) throw fail('TW_AUTH_TOKEN_UNKNOWN')
  const expected = Buffer.from(found.record.hash, 'hex')
  const given = Buffer.from(sha256(credential), 'hex')
  if (expected.length !== given.length || !timingSafeEqual(expected, given))
    throw fail('TW_AUTH_TOKEN_UNKNOWN')
  return found
}

interface Making {
  clock: Clock
  random: Random
  master: MasterKey
}

/** What the records of both kinds have. @throws TW_AUTH_TTL, TW_AUTH_INPUT */
function recordOf(input: NewToken, maxTtl: number, id: string, clock: Clock): TokenSummary {
  if (!Number.isSafeInteger(input.ttl) || input.ttl < 1e3 || input.ttl > maxTtl)
    throw fail('TW_AUTH_TTL', { max: maxTtl })
  if (input.label !== undefined && input.label.length > 100) throw fail('TW_AUTH_INPUT', { field: 'label' })
  const now = clock.now()
  return {
    id,
    user: input.user,
    ...(input.label === undefined ? {} : { label: input.label }),
    created: iso(now),
    expires: iso(now + input.ttl),
    by: input.by,
  }
}

/** A new credential and its record, not stored yet. `ttl` in ms. @throws TW_AUTH_TTL, TW_AUTH_INPUT */
export function newToken(
  input: NewToken,
  maxTtl: number,
  { clock, random, master }: Making,
): { credential: string; record: TokenRecord } {
  const id = newId(clock, random)
  const secret = random.bytes(24).toString('base64url')
  const credential = `tw_${id}_${secret}${macOf(master, id, secret).toString('base64url')}`
  const record = recordOf(input, maxTtl, `tok_${id}`, clock)
  return { credential, record: { ...record, hash: sha256(credential) } }
}

/** The record of a new access key, not stored yet. @throws TW_AUTH_TTL, TW_AUTH_INPUT */
export const newS3Key = (input: NewToken, maxTtl: number, making: Making): S3KeyRecord => ({
  ...recordOf(input, maxTtl, newAccessKeyId(making.random, making.master), making.clock),
  use: 's3',
})

export function summaryOf(record: AnyTokenRecord): TokenSummary {
  if (!('hash' in record)) return record
  const { hash: _, ...summary } = record
  return summary
}
