import { createLocalJWKSet, errors } from 'jose'
import { request } from 'undici'
import { z } from 'zod'
import type { Clock } from '../../../core/clock.ts'
import type { Logger } from '../../../core/log.ts'
import type { IdentityConfig } from '../../config.ts'
import { fail } from '../errors.ts'

export type ProviderConfig = IdentityConfig['oidc'][number]
export type KeySet = ReturnType<typeof createLocalJWKSet>

/** Keys are asked for again after this; a key that the provider withdrew is trusted no longer than this. */
const FRESH = 10 * 60e3
/** While the provider does not answer, what was known is used for this long. */
const STALE = 4 * 3600e3
/** An unknown kid asks again, but not more often than this: anybody can send an unknown kid. */
const COOLDOWN = 30e3
/** After a failure the provider is left alone for this long. */
const BACKOFF = 5e3
const TIMEOUT = 5e3
const LARGEST = 1024 ** 2

const discovery = z.looseObject({ issuer: z.string(), jwks_uri: z.url() })
const keySet = z.looseObject({ keys: z.array(z.looseObject({ kty: z.string() })).max(200) })

/** The published keys of one provider, with rotation. */
export class ProviderKeys {
  readonly #config: ProviderConfig
  readonly #clock: Clock
  readonly #log: Logger
  #keys: KeySet | undefined
  #fetched = 0
  #tried = Number.NEGATIVE_INFINITY
  #failed = false
  #loading: Promise<void> | undefined

  constructor(config: ProviderConfig, clock: Clock, log: Logger) {
    this.#config = config
    this.#clock = clock
    this.#log = log
  }

  /** @throws TW_AUTH_PROVIDER_DOWN where no keys are known, or only ones too old to trust. */
  async current(): Promise<KeySet> {
    const age = () => this.#clock.monotonic() - this.#fetched
    if (!this.#keys || age() > FRESH) await this.#load(BACKOFF)
    if (!this.#keys || age() > STALE) throw fail('TW_AUTH_PROVIDER_DOWN', { provider: this.#config.name })
    return this.#keys
  }

  /** Asks again because a token names a key that is not among them; undefined while cooling down. */
  async rotated(): Promise<KeySet | undefined> {
    const before = this.#fetched
    await this.#load(COOLDOWN)
    return this.#fetched === before ? undefined : this.#keys
  }

  /** Concurrent callers share one fetch. A failure keeps what is known. */
  #load(pause: number): Promise<void> {
    if (this.#loading) return this.#loading
    const since = this.#clock.monotonic() - this.#tried
    if (since < (this.#failed ? BACKOFF : pause)) return Promise.resolve()
    this.#loading = this.#fetch()
      .then(
        (keys) => {
          this.#keys = keys
          this.#fetched = this.#clock.monotonic()
          this.#failed = false
        },
        (error: unknown) => {
          this.#failed = true
          this.#log.warn({ err: error, provider: this.#config.name }, 'identity provider keys not fetched')
        },
      )
      .finally(() => {
        this.#tried = this.#clock.monotonic()
        this.#loading = undefined
      })
    return this.#loading
  }

  async #fetch(): Promise<KeySet> {
    const { issuer, jwks } = this.#config
    let url = jwks
    if (url === undefined) {
      const found = discovery.parse(
        await getJson(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`),
      )
      if (found.issuer !== issuer) throw new errors.JOSEError('the discovery document names another issuer')
      url = found.jwks_uri
    }
    if (issuer.startsWith('https:') && !url.startsWith('https:'))
      throw new errors.JOSEError('the JWKS of an https issuer must be https')
    return createLocalJWKSet(keySet.parse(await getJson(url)))
  }
}

/** Redirects are not followed: whoever can redirect could otherwise name the keys. */
async function getJson(url: string): Promise<unknown> {
  const { statusCode, body } = await request(url, {
    headers: { accept: 'application/json' },
    headersTimeout: TIMEOUT,
    bodyTimeout: TIMEOUT,
    signal: AbortSignal.timeout(TIMEOUT),
  })
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length > LARGEST) throw new errors.JOSEError('the provider’s document is larger than 1 MiB')
  }
  if (statusCode !== 200) throw new errors.JOSEError(`the provider answered ${statusCode}`)
  return JSON.parse(text)
}
