import type { CodedError } from '../../core/errors.ts'
import type { IdentityConfig } from '../config.ts'
import type { Identity, Person } from './person.ts'
import type { WebSignIn } from './web/web-sign-in.ts'

/**
 * Who is asking. Everything here rejects with a coded error (TW_AUTH_…) that is safe to show.
 *
 * Terms: a *credential* is what a client presents (an OIDC access token, a Tracewarden token, a cookie); a *person* is
 * issuer and subject; a *user* is the name that config, events and people use for a person. *Stale* is what the store
 * has not confirmed for a minute.
 */
export interface IdentityService {
  /**
   * The first look into the store, and then one every few seconds. Until it has answered, everybody counts as
   * suspended (TW_AUTH_STALE); an unreachable store does not make this reject.
   */
  start(): Promise<void>
  stop(): void
  /** Reads suspensions now instead of at the next turn. */
  refresh(): Promise<void>
  /** Takes a new config whole: what was verified under the old one is verified again. */
  reconfigure(config: IdentityConfig): void
  /**
   * A bearer credential: an OIDC access token (JWT) or a Tracewarden token (`tw_…`). `thumbprint` is the client
   * certificate's (`x5t#S256`, RFC 8705) that the connection proved: a token bound to one is good with it alone.
   */
  authenticate(credential: string, thumbprint?: string): Promise<Identity>
  /** The same, synchronous and in about a microsecond, if it was verified lately; otherwise ask `authenticate`. */
  authenticateCached(credential: string, thumbprint?: string): Identity | undefined
  /** Whom config names by a client certificate that the connection proved. @throws TW_AUTH_CERTIFICATE_UNKNOWN */
  certificate(peer: PeerCertificate): Identity
  /** Turns a credential into a cookie value; `expires` is ms since epoch, never later than the credential's own. */
  signIn(credential: string): Promise<SignedIn>
  /** Sign-in by way of a provider, and signing out. */
  readonly web: WebSignIn
  fromCookie(cookie: string): Promise<Identity>
  fromCookieCached(cookie: string): Identity | undefined
  /** The person known under a `user.id`, from config; undefined where config names none. */
  person(user: string): Person | undefined
  /** `secret` is the whole credential, shown once and stored only as a hash, in a signed document. `ttl` in ms. */
  createToken(input: NewToken): Promise<{ id: string; secret: string; expires: number }>
  /**
   * An access key for the S3 door, for SigV4 clients. Its secret is derived from the master key by HKDF and never
   * stored; like a token it expires, is listed by `tokens` and ends by `revokeToken(accessKeyId)`. `ttl` in ms.
   */
  createS3Key(input: NewToken): Promise<{ accessKeyId: string; secretAccessKey: string; expires: number }>
  /**
   * What SigV4 is checked with, and whose it is: look it up by the access key id of the request, compute the signature
   * with `secret`, and only then trust `identity`. As with `authenticate`, look up again for each request.
   * @throws TW_AUTH_S3_KEY (unknown), TW_AUTH_REVOKED, TW_AUTH_EXPIRED, TW_AUTH_SUSPENDED, TW_AUTH_STALE,
   * TW_AUTH_TOKEN_ALTERED, TW_AUTH_USER_UNKNOWN, TW_AUTH_STORE_DOWN
   */
  s3Key(accessKeyId: string): Promise<S3Key>
  /** The same, synchronous, if it was looked up within seconds; otherwise ask `s3Key`. */
  s3KeyCached(accessKeyId: string): S3Key | undefined
  /** Of a token (`tok_…`) or an access key (`TWAK…`). */
  revokeToken(id: string, by: string): Promise<void>
  tokens(user?: string): Promise<readonly TokenSummary[]>
  /** Suspension is seen by every replica within 10 s and checked at each request and each released MiB. */
  suspend(user: string, by: string, reason: string): Promise<void>
  restore(user: string, by: string, reason: string): Promise<void>
  /** Synchronous, from a cache that is refreshed in the background; stale beyond 60 s counts as suspended. */
  suspended(user: string): boolean
  /** The same with the reason: TW_AUTH_SUSPENDED or TW_AUTH_STALE, undefined for a user in good standing. */
  refusal(user: string): CodedError | undefined
}

/** A client certificate whose chain was verified. */
export interface PeerCertificate {
  /** base64url of its SHA-256 (`x5t#S256`). */
  thumbprint: string
  /** As identity.users[].certificates has them: `sha256:…`, `subject:…`, `email:…`, `dns:…`, `uri:…`. */
  names: readonly string[]
  /** ms since epoch. */
  expires: number
}

export interface NewToken {
  user: string
  /** ms, at most `identity.tokens.max_ttl`. */
  ttl: number
  /** Who makes it. */
  by: string
  label?: string
}

/** An access key of the S3 door. */
export interface S3Key {
  /** The secret access key, 40 characters. */
  secret: string
  identity: Identity
}

export interface TokenSummary {
  /** `tok_…`, or `TWAK…` for an access key of the S3 door. */
  id: string
  user: string
  /** Absent for a bearer token. */
  use?: 's3'
  label?: string
  created: string
  expires: string
  revoked?: string
  by: string
}

export interface SignedIn {
  /** The session cookie's value. */
  cookie: string
  /** ms since epoch. */
  expires: number
  identity: Identity
}

/** How somebody signed in. */
export type Method = 'token' | 'oidc' | 'saml'

/**
 * The session cookie's name. Browsers take `__Host-` only over https, for the whole host and from the host itself, so
 * that neither a neighbour nor a plain-http answer can plant one; over plain http that cannot be had.
 */
export const cookieName = (secure: boolean): string => (secure ? '__Host-tracewarden' : 'tracewarden')
