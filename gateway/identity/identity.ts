import type { Identity, Person } from './person.ts'

/** Who is asking. Everything here rejects with a coded error (TW_AUTH_…) that is safe to show. */
export interface IdentityService {
  /** A bearer credential: an OIDC access token (JWT) or a Tracewarden token (`tw_…`). */
  authenticate(credential: string): Promise<Identity>
  /** Turns a credential into a cookie value; `expires` is ms since epoch. */
  signIn(credential: string): Promise<{ cookie: string; expires: number; identity: Identity }>
  fromCookie(cookie: string): Promise<Identity>
  signOut(cookie: string): Promise<void>
  /** The person known under a `user.id`, from config; undefined where config names none. */
  person(user: string): Person | undefined
  /** `secret` is shown once and stored only as a hash, in a signed document. */
  createToken(input: {
    user: string
    ttl: number
    by: string
    label?: string
  }): Promise<{ id: string; secret: string; expires: number }>
  revokeToken(id: string, by: string): Promise<void>
  tokens(user?: string): Promise<readonly TokenSummary[]>
  /** Suspension is seen by every replica within 10 s and checked at each request and each released MiB. */
  suspend(user: string, by: string, reason: string): Promise<void>
  restore(user: string, by: string, reason: string): Promise<void>
  /** Synchronous, from a cache that is refreshed in the background; stale beyond 60 s counts as suspended. */
  suspended(user: string): boolean
}

export interface TokenSummary {
  id: string
  user: string
  label?: string
  created: string
  expires: string
  revoked?: string
  by: string
}

export const COOKIE = 'tracewarden'
