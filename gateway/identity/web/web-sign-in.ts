import { timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import type { Clock } from '../../../core/clock.ts'
import type { IdentityConfig } from '../../config.ts'
import { fail } from '../errors.ts'
import type { Method, SignedIn } from '../identity.ts'
import { counted } from '../metrics.ts'
import { CodeFlow } from '../oidc/code-flow.ts'
import type { Claimed } from '../people.ts'
import type { IdentityDeps, Prover } from '../prove.ts'
import { Replays } from '../saml/replays.ts'
import { SamlFlow } from '../saml/saml-flow.ts'
import { Seal } from '../seal.ts'
import { PATIENCE, type Pending, pendingSeal, TICKET, type Ticket, ticketSeal } from './pending.ts'
import { openSession } from './web-session.ts'

/** Characters of the path to go on to. */
const LONGEST_NEXT = 1500

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
  /** SAML: the provider's response, posted by the browser without our cookies; what it proved, sealed. @throws TW_AUTH_… */
  response(input: { provider: string; root: string; samlResponse: string }): Promise<{ ticket: string }>
  /** SAML: the browser that began redeems the ticket. @throws TW_AUTH_… */
  redeem(input: { ticket: string; pending: string | undefined }): Promise<SignedInWith>
  /** SAML: our metadata, XML. @throws TW_AUTH_PROVIDER_UNKNOWN */
  metadata(provider: string, root: string): string
  /** Ends the session; the provider's own sign-out page, where there is one to go to. `after` is absolute. */
  signOut(cookie: string, after: string): Promise<{ location?: string }>
}

/** Where OIDC providers send the browser back to: one address each, so that none can answer for another (RFC 9700). */
export const callbackOf = (root: string, provider: string): string => `${root}/oidc/${provider}/callback`

/** Where SAML responses are posted to. */
export const acsOf = (root: string, provider: string): string => `${root}/saml/${provider}/acs`

type Flow = CodeFlow | SamlFlow

export class WebSignIns implements WebSignIn {
  readonly #prover: Prover
  readonly #deps: IdentityDeps
  readonly #pending: Seal<Pending>
  readonly #hints: Seal<string>
  readonly #tickets: Seal<Ticket>
  readonly #replays: Replays
  #config: IdentityConfig
  #flows: ReadonlyMap<string, Flow>

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
    this.#tickets = ticketSeal(deps.master, deps.random)
    this.#replays = new Replays(deps)
    this.#flows = this.#flowsOf(config)
  }

  reconfigure(config: IdentityConfig): void {
    this.#config = config
    this.#flows = this.#flowsOf(config)
  }

  providers(): readonly SignInProvider[] {
    return [...this.#flows.values()].map((flow) => ({
      name: flow.provider.name,
      title: flow.provider.title ?? flow.provider.name,
      kind: flow instanceof CodeFlow ? 'oidc' : 'saml',
    }))
  }

  async begin({ provider, root, next, fresh }: Parameters<WebSignIn['begin']>[0]) {
    const { clock } = this.#deps
    const flow = this.#flow(provider)
    const started = clock.now()
    const expires = started + PATIENCE
    // What the browser keeps must fit into a cookie.
    const common = { provider, next: next.length > LONGEST_NEXT ? '/' : next, fresh, started }
    if (flow instanceof SamlFlow) {
      const { location, request } = await flow.location(acsOf(root, provider), fresh)
      return { location, pending: this.#pending.seal({ kind: 'saml', ...common, request }), expires }
    }
    const codes = { state: this.#code(), nonce: this.#code(), verifier: this.#code() }
    const location = await flow.location({ ...common, ...codes }, callbackOf(root, provider))
    return { location, pending: this.#pending.seal({ kind: 'oidc', ...common, ...codes }), expires }
  }

  finish(input: Parameters<WebSignIn['finish']>[0]) {
    return counted(this.#deps.metrics, 'oidc', () => this.#finish(input))
  }

  async #finish({ provider, callback, pending: sealed }: Parameters<WebSignIn['finish']>[0]) {
    const flow = this.#flow(provider)
    if (!(flow instanceof CodeFlow)) throw fail('TW_AUTH_PROVIDER_UNKNOWN')
    const pending = this.#open(sealed)
    const state = callback.searchParams.get('state')
    if (pending.kind !== 'oidc' || pending.provider !== provider || !same(state, pending.state))
      throw fail('TW_AUTH_SIGN_IN_STATE')
    const { claimed, authenticated, idToken } = await flow.finish(callback, pending)
    const signed = await this.#session(claimed, authenticated, 'oidc', this.#hints.seal(idToken))
    return { ...signed, next: pending.next, provider, method: 'oidc' as const }
  }

  async response({ provider, root, samlResponse }: Parameters<WebSignIn['response']>[0]) {
    const flow = this.#samlFlow(provider)
    const { claimed, ...rest } = await flow
      .response(samlResponse, acsOf(root, provider))
      .catch((error: unknown) =>
        // What is good goes on to `redeem`, and is counted there.
        counted(this.#deps.metrics, 'saml', () => Promise.reject(error)),
      )
    // Groups that give no role stay behind: the ticket travels in an address.
    const groups = claimed.groups.filter((group) => Object.hasOwn(this.#config.roles, group))
    const made = this.#deps.clock.now()
    return { ticket: this.#tickets.seal({ ...rest, claimed: { ...claimed, groups }, made }) }
  }

  redeem(input: Parameters<WebSignIn['redeem']>[0]) {
    return counted(this.#deps.metrics, 'saml', () => this.#redeem(input))
  }

  async #redeem({ ticket: sealed, pending: kept }: Parameters<WebSignIn['redeem']>[0]) {
    const pending = this.#open(kept)
    const ticket = this.#tickets.open(sealed)
    if (!ticket || this.#deps.clock.now() > ticket.made + TICKET || pending.kind !== 'saml')
      throw fail('TW_AUTH_SIGN_IN_STATE')
    const { claimed, request, authenticated, sessionEnds } = ticket
    const { provider } = claimed
    if (pending.provider !== provider || !same(request, pending.request)) throw fail('TW_AUTH_SIGN_IN_STATE')
    const { skew } = this.#samlFlow(provider).provider
    if (pending.fresh && authenticated < pending.started - skew) throw fail('TW_AUTH_NOT_FRESH', { provider })
    const signed = await this.#session(claimed, authenticated, 'saml', undefined, sessionEnds)
    return { ...signed, next: pending.next, provider, method: 'saml' as const }
  }

  metadata(provider: string, root: string): string {
    return this.#samlFlow(provider).metadata(acsOf(root, provider))
  }

  /** Forgets one-time names that are good no longer anyway. */
  sweep(): Promise<void> {
    return this.#replays.sweep()
  }

  async signOut(cookie: string, after: string): Promise<{ location?: string }> {
    const { clock, log } = this.#deps
    const bound = this.#prover.seal.open(cookie)
    if (!bound) throw fail('TW_AUTH_COOKIE')
    this.#prover.verified.forget(bound.credential)
    const record = await this.#prover.sessions.revoke(bound.id, new Date(clock.now()).toISOString())
    const flow = record?.method === 'oidc' && record.provider ? this.#flows.get(record.provider) : undefined
    if (!(flow instanceof CodeFlow)) return {}
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

  async #session(
    claimed: Claimed,
    authenticated: number,
    method: Method,
    hint?: string,
    ends = Number.POSITIVE_INFINITY,
  ): Promise<SignedIn> {
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
        expires: Math.min(this.#deps.clock.now() + this.#config.session.ttl, ends),
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

  #flow(provider: string): Flow {
    const flow = this.#flows.get(provider)
    if (!flow) throw fail('TW_AUTH_PROVIDER_UNKNOWN')
    return flow
  }

  #samlFlow(provider: string): SamlFlow {
    const flow = this.#flow(provider)
    if (!(flow instanceof SamlFlow)) throw fail('TW_AUTH_PROVIDER_UNKNOWN')
    return flow
  }

  #flowsOf({ oidc, saml }: IdentityConfig): ReadonlyMap<string, Flow> {
    const { clock, log } = this.#deps
    const flows: Flow[] = [
      ...oidc.filter(({ sign_in }) => sign_in).map((provider) => new CodeFlow(provider, clock, log)),
      ...saml.map((provider) => new SamlFlow(provider, this.#deps, this.#replays)),
    ]
    return new Map(flows.map((flow) => [flow.provider.name, flow]))
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
