import { z } from 'zod'
import type { Random } from '../../core/random.ts'
import type { MasterKey } from '../../core/secrets.ts'
import type { Method } from './identity.ts'
import type { Claimed } from './people.ts'
import type { CredentialRecord } from './records.ts'
import { Seal } from './seal.ts'

/** A browser sign-in: what was proven, by which credential. The person is looked up anew, so config changes apply. */
export interface WebSession extends CredentialRecord {
  /** `<issuer>#<sub>`. */
  person: string
  credential: string
  /** Of a Tracewarden token: the configured user. Of a provider: what it claimed. */
  proof: { user: string } | { claimed: Claimed; actor?: string }
  /** ms since epoch: when the person last proved who they are; 0 where the provider does not say. */
  authenticated: number
  method?: Method
  /** The provider's name, and the ID token sealed, for signing out there. */
  provider?: string
  hint?: string
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

export const cookieSeal = (master: MasterKey, random: Random): Seal<CookieContent> =>
  new Seal({ version: 'c1', purpose: 'cookie', longest: 4096 }, content, master, random)
