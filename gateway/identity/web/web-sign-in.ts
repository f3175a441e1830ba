import { timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import type { Clock } from '../../../core/clock.ts'
import type { IdentityConfig } from '../../config.ts'
import { fail } from '../errors.ts'
import type { Method, SignedIn } from '../identity.ts'
import { CodeFlow } from '../oidc/code-flow.ts'
import type { Claimed } from '../people.ts'
import type { IdentityDeps, Prover } from '../prove.ts'
import { Seal } from '../seal.ts'
import { PATIENCE, type Pending, pendingSeal } from './pending.ts'
import { openSession } from './web-session.ts'

/** A provider that people can sign in with, as a page shows it. */
export interface SignInProvider {
  name: string
  title: string
  kind: Exclude<Method, 'token'>
}

/** A sign-in that a provider vouched for. */
export interface SignedInWith extends SignedIn {
  /** Where the person wanted to go when they began. */
  next: string
  provider: string
  method: Method
}

/**
 * Sign-in by way of a provider, in a browser. A *port* (the console's, an http door's) has these under a *root*, an
 * absolute URL; the provider must know the addresses that `callbackOf` makes of it.
 */
export interface WebSignIn {
  providers(): readonly SignInProvider[]
  /** Where to send the browser, and what to leave in it. @throws TW_AUTH_PROVIDER_UNKNOWN, TW_AUTH_PROVIDER_DOWN */
  begin(input: {
    provider: string
    root: string
    next: string
    /** The person must prove anew who they are, however lately they did. */
    fresh: boolean
  }): Promise<{ location: string; pending: string; expires: number }>
  /** OIDC: the browser came back to `callback`, its whole address. @throws TW_AUTH_… */
  finish(input: { provider: string; callback: URL; pending: string | undefined }): Promise<SignedInWith>
  /** Ends the session; the provider's own sign-out page, where there is one to go to. `after` is absolute. */
  signOut(cookie: string, after: string): Promise<{ location?: string }>
}

/** Where OIDC providers send the browser back to: one address each, so that none can answer for another (RFC 9700). */
export const callbackOf = (root: string, provider: string): string => `${root}/oidc/${provider}/callback`

export class WebSignIns implements WebSignIn {
  readonly #prover: Prover
  readonly #deps: IdentityDeps
  readonly #pending: Seal<Pending>
  readonly #hints: Seal<string>
  #config: IdentityConfig
  #flows: ReadonlyMap<string, CodeFlow>

  constructor(config: IdentityConfig, prover: Prover, deps: IdentityDeps) {
    this.#config = config
    this.#prover = prover
    this.#deps = deps
    this.#pending = pendingSeal(deps.master, deps.random)
    this.#hints = new Seal(
      { version: 'h1', purpose: 'id-token-hint', longest: 64 * 1024 },
      z.string(),
      deps.master,
      deps.random,
    )
    this.#flows = flowsOf(config, deps)
  }

  reconfigure(config: IdentityConfig): void {
    this.#config = config
    this.#flows = flowsOf(config, this.#deps)
  }

  providers(): readonly SignInProvider[] {
    return [...this.#flows.values()].map(({ provider }) => ({
      name: provider.name,
      title: provider.title ?? provider.name,
      kind: 'oidc',
    }))
  }

  async begin({ provider, root, next, fresh }: Parameters<WebSignIn['begin']>[0]) {
    const { clock } = this.#deps
    const flow = this.#flow(provider)
    const started = clock.now()
    const codes = { state: this.#code(), nonce: this.#code(), verifier: this.#code(), fresh, started }
    const location = await flow.location(codes, callbackOf(root, provider))
    const pending = this.#pending.seal({ kind: 'oidc', provider, next, ...codes })
    return { location, pending, expires: started + PATIENCE }
  }

  async finish({ provider, callback, pending: sealed }: Parameters<WebSignIn['finish']>[0]) {
    const flow = this.#flow(provider)
    const pending = this.#open(sealed)
    const state = callback.searchParams.get('state')
    if (pending.kind !== 'oidc' || pending.provider !== provider || !same(state, pending.state))
      throw fail('TW_AUTH_SIGN_IN_STATE')
    const { claimed, authenticated, idToken } = await flow.finish(callback, pending)
    const signed = await this.#session(claimed, authenticated, 'oidc', this.#hints.seal(idToken))
    return { ...signed, next: pending.next, provider, method: 'oidc' as const }
  }

  async signOut(cookie: string, after: string): Promise<{ location?: string }> {
    const { clock, log } = this.#deps
    const bound = this.#prover.seal.open(cookie)
    if (!bound) throw fail('TW_AUTH_COOKIE')
    this.#prover.verified.forget(bound.credential)
    const record = await this.#prover.sessions.revoke(bound.id, new Date(clock.now()).toISOString())
    const flow = record?.method === 'oidc' && record.provider ? this.#flows.get(record.provider) : undefined
    if (!flow) return {}
    try {
      const hint = record?.hint === undefined ? undefined : this.#hints.open(record.hint)
      const location = await flow.endSession(hint, after)
      return location === undefined ? {} : { location }
    } catch (error) {
      // Here the session has ended; a provider that is away must not keep anybody from leaving.
      log.warn({ err: error }, 'sign-out at the provider is not offered')
      return {}
    }
  }

  async #session(claimed: Claimed, authenticated: number, method: Method, hint?: string): Promise<SignedIn> {
    const { people } = this.#prover
    const person = people.claimed(claimed)
    return openSession(
      {
        person: person.id,
        user: person.user,
        proof: { claimed },
        authenticated,
        method,
        provider: claimed.provider,
        ...(hint === undefined ? {} : { hint }),
        expires: this.#deps.clock.now() + this.#config.session.ttl,
      },
      this.#prover,
      this.#deps,
    )
  }

  /** @throws TW_AUTH_SIGN_IN_STATE */
  #open(sealed: string | undefined): Pending {
    const pending = sealed === undefined ? undefined : this.#pending.open(sealed)
    if (!pending || tooLate(pending, this.#deps.clock)) throw fail('TW_AUTH_SIGN_IN_STATE')
    return pending
  }

  #flow(provider: string): CodeFlow {
    const flow = this.#flows.get(provider)
    if (!flow) throw fail('TW_AUTH_PROVIDER_UNKNOWN')
    return flow
  }

  /** 256 bits: as a PKCE verifier 43 characters, the least that RFC 7636 asks for. */
  #code(): string {
    return this.#deps.random.bytes(32).toString('base64url')
  }
}

const tooLate = (pending: Pending, clock: Clock) => clock.now() > pending.started + PATIENCE

function same(given: string | null, expected: string): boolean {
  const [left, right] = [Buffer.from(given ?? ''), Buffer.from(expected)]
  return left.length === right.length && timingSafeEqual(left, right)
}

const flowsOf = (config: IdentityConfig, { clock, log }: IdentityDeps): ReadonlyMap<string, CodeFlow> =>
  new Map(
    config.oidc
      .filter((provider) => provider.sign_in)
      .map((provider) => [provider.name, new CodeFlow(provider, clock, log)]),
  )
