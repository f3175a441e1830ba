import type { PlantConfig } from '../config/canaries.ts'
import type { Bait } from './decoy.ts'

type Bytes = (purpose: string, length: number) => Buffer

const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const ALNUM = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const LOWER = 'bcdfghjklmnprstvwz'
/** As ids of tokens are written (Crockford). */
const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

const spelt = (bytes: Buffer, alphabet: string) =>
  Array.from(bytes, (byte) => alphabet[byte % alphabet.length]).join('')

/** A credential in a documented form, unlike any that exists. */
export function baitOf(kind: PlantConfig['bait'], bytes: Bytes): Bait | undefined {
  if (kind === 'none') return undefined
  const standIn = spelt(bytes('stand-in', 24), LOWER)
  switch (kind) {
    case 'aws-key': {
      const id = `AKIA${spelt(bytes('key-id', 16), UPPER)}`
      const secret = spelt(Buffer.concat([bytes('secret', 32), bytes('secret-end', 8)]), ALNUM)
      return { kind, value: `${id} ${secret}`, marks: [id, secret], standIn }
    }
    case 'github-token': {
      const secret = spelt(Buffer.concat([bytes('token', 32), bytes('token-end', 4)]), ALNUM)
      return { kind, value: `ghp_${secret}`, marks: [secret], standIn }
    }
    case 'tracewarden-token': {
      const id = spelt(bytes('token-id', 26), CROCKFORD)
      const secret = spelt(Buffer.concat([bytes('token', 32), bytes('token-end', 11)]), ALNUM)
      return { kind, value: `tw_${id}_${secret}`, marks: [secret], standIn }
    }
    case 'database-url': {
      const password = spelt(bytes('password', 24), ALNUM)
      const host = `db-${bytes('host', 1)[0]! % 9}.internal`
      return {
        kind,
        value: `postgresql://svc_reports:${password}@${host}:5432/hr`,
        marks: [password],
        standIn,
      }
    }
  }
}
