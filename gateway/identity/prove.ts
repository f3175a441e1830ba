import type { Documents } from '../../collector/port.ts'
import type { Clock } from '../../core/clock.ts'
import type { Logger } from '../../core/log.ts'
import type { Random } from '../../core/random.ts'
import { keyedHash, type MasterKey } from '../../core/secrets.ts'
import type { KeyRing } from '../../core/signing.ts'
import type { IdentityConfig } from '../config.ts'
import { type CookieContent, cookieSeal, type WebSession } from './cookies.ts'
import { fail } from './errors.ts'
import type { Emit } from './events.ts'
import type { IdentityMetrics } from './metrics.ts'
import { actorOf, claimedBy } from './oidc/claims.ts'
import { ProviderKeys } from './oidc/keys.ts'
import { type Provider, verifyAccessToken } from './oidc/verify.ts'
import { People } from './people.ts'
import type { Identity, Person } from './person.ts'
import { FRESH, Records } from './records.ts'
import { isAccessKeyId, isS3Key, secretAccessKey } from './s3-keys.ts'
import type { Seal } from './seal.ts'
import type { Suspensions } from './suspensions.ts'
import { type AnyTokenRecord, isToken, proveToken } from './tokens.ts'
import { digestOf, type Kind, type Proof, Verified } from './verified.ts'

export interface IdentityDeps {
  documents: Documents
  keyRing: KeyRing
  master: MasterKey
  clock: Clock
  random: Random
  log: Logger
  /** Resolves when the event is on disk. */
  emit: Emit
  metrics?: IdentityMetrics
}

const LARGEST = 16 * 1024
/** A signature once checked is checked again after this, so that a withdrawn key does not live on in the cache. */
const RECHECK = 10 * 60e3
/** Records are read again in the background from this age on, so that requests do not wait for it. */
const RENEW = FRESH / 2

interface Proven extends Proof {
  from: WebSession['proof']
}

/** From a credential to who presented it: one way a kind of credential, and a memory of what was proven lately. */
export class Prover {
  readonly tokens: Records<AnyTokenRecord>
  readonly sessions: Records<WebSession>
  readonly seal: Seal<CookieContent>
  readonly verified: Verified
  readonly #deps: IdentityDeps
  readonly #suspensions: Suspensions
  readonly #renewing = new Set<string>()
  #people: People
  #providers: Provider[]
  /** Grows with each config: what was being verified under an older one is not kept. */
  #generation = 0

  constructor(config: IdentityConfig, deps: IdentityDeps, suspensions: Suspensions) {
    this.#deps = deps
    this.#suspensions = suspensions
    this.tokens = new Records<AnyTokenRecord>('token', deps)
    this.sessions = new Records<WebSession>('web-session', deps)
    this.seal = cookieSeal(deps.master, deps.random)
    this.verified = new Verified(10_000, deps.clock)
    this.#people = new People(config)
    this.#providers = providersOf(config, [], deps)
  }

  reconfigure(config: IdentityConfig): void {
    this.#generation++
    this.#people = new People(config)
    this.#providers = providersOf(config, this.#providers, this.#deps)
    this.verified.clear()
  }

  get people(): People {
    return this.#people
  }

  /** @throws TW_AUTH_USER_UNKNOWN */
  configured(user: string): Person {
    const person = this.#people.user(user)
    if (!person) throw fail('TW_AUTH_USER_UNKNOWN')
    return person
  }

  /** A bearer credential. `wanted` is the age in ms from which a record is read again. */
  async bearer(
    credential: string,
    { wanted, thumbprint }: { wanted?: number; thumbprint?: string | undefined } = {},
  ): Promise<Proven> {
    if (credential.length > LARGEST) throw fail('TW_AUTH_TOO_LARGE')
    const asked = this.#generation
    const proven = isToken(credential)
      ? await this.#own(credential, wanted)
      : await this.#oidc(credential, thumbprint)
    return this.#keep('bearer', shownWith(credential, thumbprint), asked, proven)
  }

  async cookie(cookie: string, wanted?: number): Promise<Proof> {
    const { clock } = this.#deps
    const bound = this.seal.open(cookie)
    if (!bound) throw fail('TW_AUTH_COOKIE')
    if (bound.expires <= clock.now()) throw fail('TW_AUTH_EXPIRED')
    const asked = this.#generation
    const found = await this.sessions.get(bound.id, wanted)
    if (!found) throw fail('TW_AUTH_COOKIE')
    const { record } = found
    let { age } = found
    if (record.person !== bound.person || record.credential !== bound.credential) throw fail('TW_AUTH_COOKIE')
    if ('user' in record.proof) {
      const token = await this.tokens.get(record.credential, wanted)
      if (!token) throw fail('TW_AUTH_TOKEN_UNKNOWN')
      age = Math.max(age, token.age)
    }
    const person =
      'user' in record.proof ? this.configured(record.proof.user) : this.#people.claimed(record.proof.claimed)
    if (person.id !== bound.person) throw fail('TW_AUTH_COOKIE')
    const actor = 'actor' in record.proof ? record.proof.actor : undefined
    const identity: Identity = {
      person,
      credential: {
        id: record.credential,
        kind: 'cookie',
        expires: bound.expires,
        authenticated: record.authenticated,
      },
      ...(actor === undefined ? {} : { actor }),
    }
    return this.#keep('cookie', cookie, asked, { identity, ...this.#validity(age) })
  }

  /** An access key by its id alone: it proves somebody only once a signature was checked with its secret. */
  async s3Key(accessKeyId: string, wanted?: number): Promise<Proof> {
    if (!isAccessKeyId(accessKeyId, this.#deps.master)) throw fail('TW_AUTH_S3_KEY')
    const asked = this.#generation
    const found = await this.tokens.get(accessKeyId, wanted)
    if (!found || !isS3Key(found.record)) throw fail('TW_AUTH_S3_KEY')
    const { record, age } = found
    const identity = this.#ofRecord(record, 's3-key')
    const secret = secretAccessKey(this.#deps.master, accessKeyId)
    return this.#keep('s3-key', accessKeyId, asked, { identity, secret, ...this.#validity(age) })
  }

  /** A proof at hand; one that will soon be too old is renewed behind the request's back. */
  cached(kind: Kind, credential: string, thumbprint?: string): Proof | undefined {
    if (credential.length > LARGEST) return undefined
    const { clock, log } = this.#deps
    const digest = digestOf(kind, shownWith(credential, thumbprint))
    const proof = this.verified.get(digest)
    if (!proof || this.#suspensions.refusal(proof.identity.person.user)) return undefined
    if (clock.monotonic() >= proof.renew && !this.#renewing.has(digest)) {
      this.#renewing.add(digest)
      this.#again(kind, credential, thumbprint)
        .catch((error: unknown) => {
          this.verified.forget(proof.identity.credential.id)
          log.info({ err: error, credentialId: proof.identity.credential.id }, 'credential no longer good')
        })
        .finally(() => this.#renewing.delete(digest))
    }
    return proof
  }

  #again(kind: Kind, credential: string, thumbprint: string | undefined): Promise<Proof> {
    if (kind === 'bearer') return this.bearer(credential, { wanted: RENEW, thumbprint })
    return kind === 'cookie' ? this.cookie(credential, RENEW) : this.s3Key(credential, RENEW)
  }

  async #own(credential: string, wanted?: number): Promise<Proven> {
    const { record, age } = await proveToken(credential, this.tokens, this.#deps.master, wanted)
    return {
      identity: this.#ofRecord(record, 'token'),
      from: { user: record.user },
      ...this.#validity(age),
    }
  }

  async #oidc(credential: string, thumbprint: string | undefined): Promise<Proven> {
    const { clock, master } = this.#deps
    const { provider, claims } = await verifyAccessToken(credential, this.#providers, clock, thumbprint)
    const claimed = claimedBy(claims, provider.config)
    const actor = actorOf(claims)
    const mark = typeof claims.jti === 'string' ? claims.jti : credential.slice(credential.lastIndexOf('.'))
    const proved = typeof claims.auth_time === 'number' ? claims.auth_time : (claims.iat ?? 0)
    const identity: Identity = {
      person: this.#people.claimed(claimed),
      credential: {
        id: keyedHash(master.derive('credential'), `${provider.config.issuer}#${mark}`),
        kind: 'oidc',
        expires: (claims.exp ?? 0) * 1e3 + provider.config.skew,
        authenticated: Math.min(proved * 1e3, clock.now()),
      },
      ...(actor === undefined ? {} : { actor }),
    }
    const until = clock.monotonic() + RECHECK
    return { identity, from: { claimed, ...(actor === undefined ? {} : { actor }) }, until, renew: until }
  }

  #ofRecord(record: AnyTokenRecord, kind: 'token' | 's3-key'): Identity {
    return {
      person: this.configured(record.user),
      credential: {
        id: record.id,
        kind,
        expires: Date.parse(record.expires),
        authenticated: Date.parse(record.created),
      },
    }
  }

  #validity(age: number) {
    const now = this.#deps.clock.monotonic()
    return { until: now + Math.max(0, FRESH - age), renew: now + Math.max(0, RENEW - age) }
  }

  /** Remembers what was proven under the config it was asked under. @throws TW_AUTH_SUSPENDED, TW_AUTH_STALE */
  #keep<P extends Proof>(kind: Kind, credential: string, asked: number, proof: P): P {
    if (asked === this.#generation) this.verified.set(digestOf(kind, credential), proof)
    const refusal = this.#suspensions.refusal(proof.identity.person.user)
    if (refusal) throw refusal
    return proof
  }
}

/** What a token proves may hang on the certificate it came with. No credential holds a line feed. */
const shownWith = (credential: string, thumbprint: string | undefined): string =>
  thumbprint === undefined ? credential : `${credential}\n${thumbprint}`

/** Keys of a provider whose settings did not change stay, so that a reload asks nobody again. */
function providersOf(
  config: IdentityConfig,
  before: readonly Provider[],
  { clock, log }: IdentityDeps,
): Provider[] {
  return config.oidc.map((provider) => {
    const same = before.find(
      (old) => old.config.issuer === provider.issuer && old.config.jwks === provider.jwks,
    )
    return { config: provider, keys: same?.keys ?? new ProviderKeys(provider, clock, log) }
  })
}
