import type { Documents } from '../../collector/port.ts'
import { type Clock, iso } from '../../core/clock.ts'
import { newId } from '../../core/ids.ts'
import type { Logger } from '../../core/log.ts'
import type { Random } from '../../core/random.ts'
import { keyedHash, type MasterKey } from '../../core/secrets.ts'
import type { KeyRing } from '../../core/signing.ts'
import type { IdentityConfig } from '../config.ts'
import { CookieSeal, type WebSession } from './cookies.ts'
import { fail } from './errors.ts'
import { type Emit, identityEvent } from './events.ts'
import type { IdentityService } from './identity.ts'
import { actorOf, claimedBy } from './oidc/claims.ts'
import { ProviderKeys } from './oidc/keys.ts'
import { type Provider, verifyAccessToken } from './oidc/verify.ts'
import { People } from './people.ts'
import type { Identity, Person } from './person.ts'
import { FRESH, Records } from './records.ts'
import { Suspensions } from './suspensions.ts'
import { isToken, newToken, proveToken, summaryOf, type TokenRecord } from './tokens.ts'
import { digestOf, type Proof, Verified } from './verified.ts'

export interface IdentityDeps {
  documents: Documents
  keyRing: KeyRing
  master: MasterKey
  clock: Clock
  random: Random
  log: Logger
  /** Resolves when the event is on disk. */
  emit: Emit
}

const LARGEST = 16 * 1024
/** A signature once checked is checked again after this, so that a withdrawn key does not live on in the cache. */
const RECHECK = 10 * 60e3
/** Records are read again in the background from this age on, so that requests do not wait for it. */
const RENEW = FRESH / 2
const SWEEP = 3600e3

interface Proven extends Proof {
  from: WebSession['proof']
}

export function createIdentity(config: IdentityConfig, deps: IdentityDeps): IdentityService {
  const { clock, random, log, master } = deps
  const tokens = new Records<TokenRecord>('token', deps)
  const sessions = new Records<WebSession>('web-session', deps)
  const suspensions = new Suspensions(deps)
  const seal = new CookieSeal(master, random)
  const verified = new Verified(10_000, clock)
  const renewing = new Set<string>()
  let people = new People(config)
  let providers = providersOf(config, [], clock, log)
  let swept = clock.monotonic()
  /** Grows with each config: what was being verified under an older one is not kept. */
  let generation = 0

  const standing = (identity: Identity): Identity => {
    const refusal = suspensions.refusal(identity.person.user)
    if (refusal) throw refusal
    return identity
  }
  const configured = (user: string): Person => {
    const person = people.user(user)
    if (!person) throw fail('TW_AUTH_USER_UNKNOWN')
    return person
  }

  async function proveOwn(credential: string, wanted?: number): Promise<Proven> {
    const { record, age } = await proveToken(credential, tokens, master, wanted)
    const identity: Identity = {
      person: configured(record.user),
      credential: {
        id: record.id,
        kind: 'token',
        expires: Date.parse(record.expires),
        authenticated: Date.parse(record.created),
      },
    }
    return { identity, from: { user: record.user }, ...validity(age) }
  }

  async function proveOidc(credential: string): Promise<Proven> {
    const { provider, claims } = await verifyAccessToken(credential, providers, clock)
    const claimed = claimedBy(claims, provider.config)
    const actor = actorOf(claims)
    const mark = typeof claims.jti === 'string' ? claims.jti : credential.slice(credential.lastIndexOf('.'))
    const proved = typeof claims.auth_time === 'number' ? claims.auth_time : (claims.iat ?? 0)
    const identity: Identity = {
      person: people.claimed(claimed),
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

  const validity = (age: number) => {
    const now = clock.monotonic()
    return { until: now + Math.max(0, FRESH - age), renew: now + Math.max(0, RENEW - age) }
  }

  async function prove(credential: string, wanted?: number): Promise<Proven> {
    if (credential.length > LARGEST) throw fail('TW_AUTH_TOO_LARGE')
    const asked = generation
    const proven = isToken(credential) ? await proveOwn(credential, wanted) : await proveOidc(credential)
    if (asked === generation) verified.set(digestOf('bearer', credential), proven)
    standing(proven.identity)
    return proven
  }

  async function proveCookie(cookie: string, wanted?: number): Promise<Proof> {
    const bound = seal.open(cookie)
    if (bound.expires <= clock.now()) throw fail('TW_AUTH_EXPIRED')
    const asked = generation
    const found = await sessions.get(bound.id, wanted)
    if (!found) throw fail('TW_AUTH_COOKIE')
    const { record } = found
    let { age } = found
    if (record.person !== bound.person || record.credential !== bound.credential) throw fail('TW_AUTH_COOKIE')
    if ('user' in record.proof) {
      const token = await tokens.get(record.credential, wanted)
      if (!token) throw fail('TW_AUTH_TOKEN_UNKNOWN')
      age = Math.max(age, token.age)
    }
    const person =
      'user' in record.proof ? configured(record.proof.user) : people.claimed(record.proof.claimed)
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
    const proof = { identity, ...validity(age) }
    if (asked === generation) verified.set(digestOf('cookie', cookie), proof)
    standing(identity)
    return proof
  }

  /** A proof at hand; one that will soon be too old is renewed behind the request's back. */
  function cached(kind: 'bearer' | 'cookie', secret: string): Identity | undefined {
    if (secret.length > LARGEST) return undefined
    const digest = digestOf(kind, secret)
    const proof = verified.get(digest)
    if (!proof || suspensions.refusal(proof.identity.person.user)) return undefined
    if (clock.monotonic() >= proof.renew && !renewing.has(digest)) {
      renewing.add(digest)
      const again = kind === 'bearer' ? prove : proveCookie
      again(secret, RENEW)
        .catch((error: unknown) => {
          verified.forget(proof.identity.credential.id)
          log.info({ err: error, credentialId: proof.identity.credential.id }, 'credential no longer good')
        })
        .finally(() => renewing.delete(digest))
    }
    return proof.identity
  }

  /** Restrictive acts come first and are told after; giving acts are told before, or do not happen. */
  async function told(event: Parameters<typeof identityEvent>[1], act: () => Promise<void>): Promise<void> {
    await deps.emit(identityEvent(clock, event))
    try {
      await act()
    } catch (error) {
      await deps.emit(identityEvent(clock, { ...event, failed: true, reason: 'the store did not take it' }))
      throw error
    }
  }

  return {
    async start() {
      await suspensions.start(() => {
        if (clock.monotonic() - swept < SWEEP) return
        swept = clock.monotonic()
        sessions
          .sweep(iso(clock.now()))
          .catch((error: unknown) => log.warn({ err: error }, 'web sessions not swept'))
      })
    },
    stop: () => suspensions.stop(),
    refresh: () => suspensions.refresh(),
    reconfigure(next) {
      generation++
      config = next
      people = new People(next)
      providers = providersOf(next, providers, clock, log)
      verified.clear()
    },
    authenticate: async (credential) => cached('bearer', credential) ?? (await prove(credential)).identity,
    authenticateCached: (credential) => cached('bearer', credential),
    async signIn(credential) {
      const { identity, from } = await prove(credential)
      const now = clock.now()
      const expires = Math.min(now + config.session.ttl, identity.credential.expires)
      const id = `web_${newId(clock, random)}`
      const record: WebSession = {
        id,
        person: identity.person.id,
        credential: identity.credential.id,
        proof: from,
        // Presenting a Tracewarden token is all the proof there is; a provider says when its person signed in.
        authenticated: 'user' in from ? now : identity.credential.authenticated,
        expires: iso(expires),
      }
      await sessions.create(record, { user: identity.person.user }, record.expires)
      const cookie = seal.seal({ id, person: record.person, credential: record.credential, expires })
      return { cookie, expires, identity: (await proveCookie(cookie)).identity }
    },
    fromCookie: async (cookie) => cached('cookie', cookie) ?? (await proveCookie(cookie)).identity,
    fromCookieCached: (cookie) => cached('cookie', cookie),
    async signOut(cookie) {
      const { id, credential } = seal.open(cookie)
      verified.forget(credential)
      await sessions.revoke(id, iso(clock.now()))
    },
    person: (user) => people.user(user),
    async createToken(input) {
      configured(input.user)
      const { credential, record } = newToken(input, config.tokens.max_ttl, deps)
      const target = { user: input.user, credential: record.id, expires: record.expires }
      const reason = input.by === input.user ? {} : { reason: `made for ${input.user} by ${input.by}` }
      await told({ action: 'token-create', by: input.by, target, ...reason }, () =>
        tokens.create(record, { user: record.user }, record.created),
      )
      return { id: record.id, secret: credential, expires: Date.parse(record.expires) }
    },
    async revokeToken(id, by) {
      const record = await tokens.revoke(id, iso(clock.now()))
      verified.forget(id)
      if (!record) throw fail('TW_AUTH_TOKEN_UNKNOWN')
      const target = { user: record.user, credential: id }
      await deps.emit(identityEvent(clock, { action: 'token-revoke', by, target }))
    },
    async tokens(user) {
      return (await tokens.list(user === undefined ? undefined : { user })).map(summaryOf)
    },
    async suspend(user, by, reason) {
      checkReason(user, reason)
      await suspensions.set({ user, suspended: true, by, reason })
      await deps.emit(identityEvent(clock, { action: 'user-suspend', by, target: { user }, reason }))
    },
    async restore(user, by, reason) {
      checkReason(user, reason)
      await told({ action: 'user-restore', by, target: { user }, reason }, () =>
        suspensions.set({ user, suspended: false, by, reason }),
      )
    },
    suspended: (user) => suspensions.refusal(user) !== undefined,
    refusal: (user) => suspensions.refusal(user),
  }
}

function checkReason(user: string, reason: string): void {
  if (user.length === 0 || user.length > 500) throw fail('TW_AUTH_INPUT', { field: 'user' })
  if (reason.trim().length === 0 || reason.length > 500) throw fail('TW_AUTH_INPUT', { field: 'reason' })
}

/** Keys of a provider whose settings did not change stay, so that a reload asks nobody again. */
function providersOf(
  config: IdentityConfig,
  before: readonly Provider[],
  clock: Clock,
  log: Logger,
): Provider[] {
  return config.oidc.map((provider) => {
    const same = before.find(
      (old) => old.config.issuer === provider.issuer && old.config.jwks === provider.jwks,
    )
    return { config: provider, keys: same?.keys ?? new ProviderKeys(provider, clock, log) }
  })
}
