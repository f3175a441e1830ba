import { createCipheriv, createDecipheriv, createHmac, type KeyObject } from 'node:crypto'
import { fail } from './errors.ts'

/**
 * What clients carry for us and must neither read nor make: where a listing goes on. A backend's own token can hold
 * the next key, and that key can be one that is withheld.
 */
export interface Seals {
  /** The same text gives the same seal, so that a client sees no difference where there is none. */
  seal(text: string): string
  /** @throws TW_S3_ARGUMENT for what was not sealed here */
  open(name: string, token: string): string
  /** A stable stand-in for a digest that would tell of what is hidden, 32 hex digits. */
  opaque(text: string): string
}

const IV = 12
const TAG = 16

export function createSeals(key: KeyObject): Seals {
  const mac = (text: string) => createHmac('sha256', key).update(text).digest()
  return {
    seal(text) {
      const iv = mac(`iv\n${text}`).subarray(0, IV)
      const cipher = createCipheriv('aes-256-gcm', key, iv)
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64url')
    },
    open(name, token) {
      const bytes = Buffer.from(token, 'base64url')
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV))
        decipher.setAuthTag(bytes.subarray(IV, IV + TAG))
        return Buffer.concat([decipher.update(bytes.subarray(IV + TAG)), decipher.final()]).toString('utf8')
      } catch (error) {
        throw fail('TW_S3_ARGUMENT', { name, problem: 'it was not given out here' }, error)
      }
    },
    opaque: (text) => mac(`opaque\n${text}`).toString('hex').slice(0, 32),
  }
}
