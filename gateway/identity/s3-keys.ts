import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import type { Random } from '../../core/random.ts'
import type { MasterKey } from '../../core/secrets.ts'
import type { TokenSummary } from './identity.ts'

/**
 * Access keys for the S3 door. SigV4 needs the secret itself on both sides, so it is not stored but derived from the
 * master key and the id (HKDF-SHA256): the store never has what signs. The record is a token's, under the access key
 * id. Of the id 60 bits are random and 20 are a MAC, so that most made-up ids are refused without asking the store.
 */
export interface S3KeyRecord extends TokenSummary {
  use: 's3'
}

/** RFC 4648 base 32, as AWS's own ids have it. */
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const FORM = /^TWAK([A-Z2-7]{12})([A-Z2-7]{4})$/
/** Bytes of the secret: 40 characters of base64, the length that clients expect. */
const SECRET = 30

const letters = (bytes: Uint8Array): string => Array.from(bytes, (byte) => ALPHABET[byte & 31]).join('')

const macOf = (master: MasterKey, random: string): string =>
  letters(createHmac('sha256', master.derive('s3-key-id')).update(random).digest().subarray(0, 4))

export function newAccessKeyId(random: Random, master: MasterKey): string {
  const own = letters(random.bytes(12))
  return `TWAK${own}${macOf(master, own)}`
}

/** Whether this machine's master key made the id. It says nothing of who holds the secret. */
export function isAccessKeyId(id: string, master: MasterKey): boolean {
  const [, own, mac] = FORM.exec(id) ?? []
  if (own === undefined || mac === undefined) return false
  return timingSafeEqual(Buffer.from(macOf(master, own)), Buffer.from(mac))
}

export const isS3Key = (record: TokenSummary): record is S3KeyRecord => 'use' in record && record.use === 's3'

/** Not by `MasterKey.derive`, which keeps what it derives: there may be many keys. */
export function secretAccessKey(master: MasterKey, accessKeyId: string): string {
  const key = master.derive('s3-secret-access-key')
  return Buffer.from(hkdfSync('sha256', key, 'tracewarden', accessKeyId, SECRET)).toString('base64')
}
