import type { Documents, StoredDocument } from '../../collector/port.ts'
import type { Clock } from '../../core/clock.ts'
import { CodedError } from '../../core/errors.ts'
import type { Logger } from '../../core/log.ts'
import type { KeyRing, Signed } from '../../core/signing.ts'
import { fail } from './errors.ts'

/** A credential's record in the store: a signed document, never deleted before it expires, only marked as revoked. */
export interface CredentialRecord {
  id: string
  /** RFC 3339. */
  expires: string
  revoked?: string
}

/** What was read is good for this long: the bound on how late a revocation made elsewhere is seen. */
export const FRESH = 10e3
/** While the store does not answer, what was read is used for this long. */
export const STALE = 60e3
/** A store that failed is left alone for this long. */
const BACKOFF = 2e3

interface Seen<T> {
  record: T
  at: number
}

/** Signed credential records of one kind, with a bounded cache. */
export class Records<T extends CredentialRecord> {
  readonly #kind: 'token' | 'web-session'
  readonly #documents: Documents
  readonly #keyRing: KeyRing
  readonly #clock: Clock
  readonly #log: Logger
  readonly #seen = new Map<string, Seen<T>>()
  /** Revocations seen once hold, whatever an older document put back into the store may say. */
  readonly #revoked = new Map<string, number>()
  #failedAt = Number.NEGATIVE_INFINITY

  constructor(
    kind: 'token' | 'web-session',
    deps: { documents: Documents; keyRing: KeyRing; clock: Clock; log: Logger },
  ) {
    this.#kind = kind
    this.#documents = deps.documents
    this.#keyRing = deps.keyRing
    this.#clock = deps.clock
    this.#log = deps.log
  }

  /**
   * The record and how old it is (ms), or undefined where there is none. `wanted` is the age from which it is read again.
   * @throws TW_AUTH_TOKEN_ALTERED, TW_AUTH_REVOKED, TW_AUTH_EXPIRED, TW_AUTH_STALE, TW_AUTH_STORE_DOWN
   */
  async get(id: string, wanted = FRESH): Promise<{ record: T; age: number } | undefined> {
    const now = this.#clock.monotonic()
    const seen = this.#seen.get(id)
    if (seen && now - seen.at < wanted) return this.#usable(seen)
    if (now - this.#failedAt < BACKOFF) return this.#outage(seen)
    let stored: StoredDocument<Signed<T>> | undefined
    try {
      stored = await this.#documents.get<Signed<T>>(this.#kind, id)
    } catch (error) {
      this.#failedAt = this.#clock.monotonic()
      this.#log.warn({ err: error, kind: this.#kind }, 'credential record not read')
      return this.#outage(seen)
    }
    if (!stored) {
      this.#seen.delete(id)
      return undefined
    }
    // `now` from before the read: a revocation written meanwhile may not be in it.
    return this.#usable(this.#remember(id, this.#open(id, stored), now))
  }

  async create(record: T, keys: Readonly<Record<string, string>>, at: string): Promise<void> {
    const signed = this.#keyRing.sign(this.#kind, record.id, record)
    await this.#documents.put(this.#kind, record.id, signed, { expect: 'absent', keys, at })
    this.#remember(record.id, record, this.#clock.monotonic())
  }

  /** Marks as revoked; what is revoked already stays as it was. Undefined where there is no such record. */
  async revoke(id: string, at: string): Promise<T | undefined> {
    for (let attempt = 0; ; attempt++) {
      const stored = await this.#documents.get<Signed<T>>(this.#kind, id)
      if (!stored) return undefined
      const record = this.#open(id, stored)
      this.#revoked.set(id, Date.parse(record.expires))
      if (record.revoked !== undefined) return record
      const revoked: T = { ...record, revoked: at }
      try {
        await this.#documents.put(this.#kind, id, this.#keyRing.sign(this.#kind, id, revoked), {
          expect: stored.version,
          keys: stored.keys,
          at: stored.at,
        })
        this.#seen.delete(id)
        return revoked
      } catch (error) {
        if (attempt === 3 || !(error instanceof CodedError) || error.code !== 'TW_STORE_CONFLICT') throw error
      }
    }
  }

  /** Newest first; those that are not properly signed are left out and logged. */
  async list(keys: Readonly<Record<string, string>> | undefined): Promise<T[]> {
    const records: T[] = []
    let after: string | undefined
    do {
      const page = await this.#documents.list<Signed<T>>(this.#kind, {
        limit: 500,
        ...(keys ? { keys } : {}),
        ...(after === undefined ? {} : { after }),
      })
      for (const { id, body } of page.documents) {
        const record = this.#keyRing.open<T>(this.#kind, id, body)
        if (record) records.push(record)
        else this.#log.error({ kind: this.#kind, id }, 'credential record not signed by a trusted key')
      }
      after = page.next
    } while (after !== undefined)
    return records
  }

  /** Removes records whose `at` lies before `to` (RFC 3339), and forgets revocations that no longer matter. */
  async sweep(to: string): Promise<void> {
    const { documents } = await this.#documents.list(this.#kind, { to, limit: 500 })
    for (const { id, version } of documents) await this.#documents.remove(this.#kind, id, version)
    for (const [id, expires] of this.#revoked) if (expires < this.#clock.now()) this.#revoked.delete(id)
  }

  #open(id: string, stored: StoredDocument<Signed<T>>): T {
    const record = this.#keyRing.open<T>(this.#kind, id, stored.body)
    if (record && record.id === id) return record
    this.#log.error({ kind: this.#kind, id }, 'credential record not signed by a trusted key')
    throw fail('TW_AUTH_TOKEN_ALTERED')
  }

  #remember(id: string, record: T, at: number): Seen<T> {
    const seen = { record, at }
    this.#seen.delete(id)
    this.#seen.set(id, seen)
    if (this.#seen.size > 10_000) {
      const oldest = this.#seen.keys().next()
      if (!oldest.done) this.#seen.delete(oldest.value)
    }
    return seen
  }

  #usable({ record, at }: Seen<T>): { record: T; age: number } {
    if (record.revoked !== undefined) this.#revoked.set(record.id, Date.parse(record.expires))
    if (this.#revoked.has(record.id)) throw fail('TW_AUTH_REVOKED')
    if (Date.parse(record.expires) <= this.#clock.now()) throw fail('TW_AUTH_EXPIRED')
    return { record, age: this.#clock.monotonic() - at }
  }

  #outage(seen: Seen<T> | undefined): { record: T; age: number } {
    if (!seen) throw fail('TW_AUTH_STORE_DOWN')
    const age = this.#clock.monotonic() - seen.at
    if (age >= STALE) throw fail('TW_AUTH_STALE', { seconds: Math.round(age / 1e3) })
    return this.#usable(seen)
  }
}
