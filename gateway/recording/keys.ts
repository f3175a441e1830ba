import { createCipheriv, createDecipheriv, createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import type { Documents } from '../../collector/port.ts'
import { type Clock, iso } from '../../core/clock.ts'
import { CodedError } from '../../core/errors.ts'
import type { Random } from '../../core/random.ts'
import type { MasterKey } from '../../core/secrets.ts'
import { fail } from './errors.ts'

/** A person's random key, wrapped by AES-256-GCM under the master key: nonce, ciphertext, tag; base64. */
interface WrappedKey {
  wrapped: string
}

/** A key dropped by another replica is used no longer than this. */
const TTL = 60e3
const NONCE = 12
const TAG = 16

/** The keys under which recordings rest: one a person, so that erasing a person is dropping a key. */
export class PersonKeys {
  readonly #deps: { documents: Documents; master: MasterKey; clock: Clock; random: Random }
  readonly #held = new Map<string, { key: KeyObject; at: number }>()

  constructor(deps: { documents: Documents; master: MasterKey; clock: Clock; random: Random }) {
    this.#deps = deps
  }

  /** The id of a person's key: a keyed hash, so that files and keys do not name people. */
  idOf(person: string): string {
    return createHmac('sha256', this.#deps.master.derive('person-key-id')).update(person).digest('hex')
  }

  /** The key, undefined where it was dropped. @throws TW_RECORDING_KEY */
  async find(id: string): Promise<KeyObject | undefined> {
    const held = this.#held.get(id)
    if (held && this.#deps.clock.monotonic() - held.at < TTL) return held.key
    const stored = await this.#store(() => this.#deps.documents.get<WrappedKey>('person-key', id))
    if (!stored) {
      this.#held.delete(id)
      return undefined
    }
    return this.#hold(id, this.#unwrap(id, stored.body))
  }

  /** The key, made where there is none. @throws TW_RECORDING_KEY */
  async ensure(id: string): Promise<KeyObject> {
    const found = await this.find(id)
    if (found) return found
    const key = this.#deps.random.bytes(32)
    const at = iso(this.#deps.clock.now())
    try {
      await this.#deps.documents.put('person-key', id, this.#wrap(id, key), { expect: 'absent', at })
    } catch (error) {
      if (!(error instanceof CodedError) || error.code !== 'TW_STORE_CONFLICT') throw unavailable(error)
      const theirs = await this.find(id)
      if (!theirs) throw unavailable(error)
      return theirs
    }
    return this.#hold(id, createSecretKey(key))
  }

  async drop(id: string): Promise<void> {
    this.#held.delete(id)
    await this.#store(() => this.#deps.documents.remove('person-key', id, 'any'))
  }

  #wrap(id: string, key: Buffer): WrappedKey {
    const nonce = this.#deps.random.bytes(NONCE)
    const cipher = createCipheriv('aes-256-gcm', this.#deps.master.derive('person-key'), nonce)
    const sealed = cipher.setAAD(Buffer.from(id)).update(key)
    cipher.final()
    return { wrapped: Buffer.concat([nonce, sealed, cipher.getAuthTag()]).toString('base64') }
  }

  #unwrap(id: string, { wrapped }: WrappedKey): KeyObject {
    const bytes = Buffer.from(String(wrapped), 'base64')
    if (bytes.length !== NONCE + 32 + TAG)
      throw fail('TW_RECORDING_KEY', { reason: 'its record is not a key' })
    const master = this.#deps.master.derive('person-key')
    const decipher = createDecipheriv('aes-256-gcm', master, bytes.subarray(0, NONCE), { authTagLength: TAG })
    decipher.setAAD(Buffer.from(id)).setAuthTag(bytes.subarray(NONCE + 32))
    const key = decipher.update(bytes.subarray(NONCE, NONCE + 32))
    try {
      decipher.final()
    } catch {
      throw fail('TW_RECORDING_KEY', { reason: 'its record was altered or wrapped under another master key' })
    }
    return createSecretKey(key)
  }

  #hold(id: string, key: KeyObject): KeyObject {
    this.#held.delete(id)
    this.#held.set(id, { key, at: this.#deps.clock.monotonic() })
    if (this.#held.size > 10_000) {
      const oldest = this.#held.keys().next()
      if (!oldest.done) this.#held.delete(oldest.value)
    }
    return key
  }

  async #store<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask()
    } catch (error) {
      throw unavailable(error)
    }
  }
}

const unavailable = (error: unknown) =>
  fail('TW_RECORDING_KEY', { reason: 'the store does not answer' }, error)
