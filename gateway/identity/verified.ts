import { hash } from 'node:crypto'
import type { Clock } from '../../core/clock.ts'
import type { Identity } from './person.ts'

/** What a credential proved. */
export interface Proof {
  identity: Identity
  /** On the monotonic clock: when it must be proven again, and when that should begin in the background. */
  until: number
  renew: number
  /** Of an access key: what SigV4 is computed with. */
  secret?: string
}

/** Kinds are kept apart: a token is no cookie, and the reverse, even once it is known to be good. */
export type Kind = 'bearer' | 'cookie' | 's3-key'

export const digestOf = (kind: Kind, credential: string): string =>
  kind + hash('sha256', credential, 'base64')

/** Least recently used proofs under the SHA-256 of their credential, which itself is not kept. */
export class Verified {
  readonly #limit: number
  readonly #clock: Clock
  readonly #proofs = new Map<string, Proof>()

  constructor(limit: number, clock: Clock) {
    this.#limit = limit
    this.#clock = clock
  }

  get(digest: string): Proof | undefined {
    const proof = this.#proofs.get(digest)
    if (!proof) return undefined
    this.#proofs.delete(digest)
    const { expires } = proof.identity.credential
    if (proof.until <= this.#clock.monotonic() || expires <= this.#clock.now()) return undefined
    this.#proofs.set(digest, proof)
    return proof
  }

  set(digest: string, proof: Proof): void {
    this.#proofs.delete(digest)
    this.#proofs.set(digest, proof)
    if (this.#proofs.size > this.#limit) {
      const oldest = this.#proofs.keys().next()
      if (!oldest.done) this.#proofs.delete(oldest.value)
    }
  }

  /** Forgets what this credential proved, cookies made from it included, so that a revocation here holds at once. */
  forget(credentialId: string): void {
    for (const [digest, { identity }] of this.#proofs)
      if (identity.credential.id === credentialId) this.#proofs.delete(digest)
  }

  clear(): void {
    this.#proofs.clear()
  }
}
