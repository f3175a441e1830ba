import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto'
import { z } from 'zod'
import type { Random } from '../../core/random.ts'
import type { MasterKey } from '../../core/secrets.ts'
import { fail } from './errors.ts'
import type { Claimed } from './people.ts'
import type { CredentialRecord } from './records.ts'

/** A browser sign-in: what was proven, by which credential. The person is looked up anew, so config changes apply. */
export interface WebSession extends CredentialRecord {
  /** `<issuer>#<sub>`. */
  person: string
  credential: string
  /** Of a Tracewarden token: the configured user. Of an OIDC token: what it claimed. */
  proof: { user: string } | { claimed: Claimed; actor?: string }
  /** ms since epoch: when the person last proved who they are. */
  authenticated: number
}

/** What a cookie is bound to. */
export interface CookieContent {
  id: string
  person: string
  credential: string
  /** ms since epoch. */
  expires: number
}

const content = z.strictObject({
  id: z.string(),
  person: z.string(),
  credential: z.string(),
  expires: z.number(),
})

const VERSION = 'c1.'
const NONCE = 12
const TAG = 16

/** Cookies are sealed by AES-256-GCM under a key of the machine: nobody reads, alters or makes one without it. */
export class CookieSeal {
  readonly #key: KeyObject
  readonly #random: Random

  constructor(master: MasterKey, random: Random) {
    this.#key = master.derive('cookie')
    this.#random = random
  }

  seal(value: CookieContent): string {
    const nonce = this.#random.bytes(NONCE)
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce).setAAD(Buffer.from(VERSION))
    const sealed = Buffer.concat([nonce, cipher.update(JSON.stringify(value), 'utf8'), cipher.final()])
    return VERSION + Buffer.concat([sealed, cipher.getAuthTag()]).toString('base64url')
  }

  /** @throws TW_AUTH_COOKIE */
  open(cookie: string): CookieContent {
    if (!cookie.startsWith(VERSION) || cookie.length > 4096) throw fail('TW_AUTH_COOKIE')
    const bytes = Buffer.from(cookie.slice(VERSION.length), 'base64url')
    // base64url has spare bits at the end: one cookie has one spelling.
    if (bytes.length < NONCE + TAG || bytes.toString('base64url') !== cookie.slice(VERSION.length))
      throw fail('TW_AUTH_COOKIE')
    const end = bytes.length - TAG
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, NONCE), {
        authTagLength: TAG,
      })
        .setAAD(Buffer.from(VERSION))
        .setAuthTag(bytes.subarray(end))
      const text = Buffer.concat([decipher.update(bytes.subarray(NONCE, end)), decipher.final()]).toString()
      return content.parse(JSON.parse(text))
    } catch {
      throw fail('TW_AUTH_COOKIE')
    }
  }
}
