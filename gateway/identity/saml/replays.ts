import { hash } from 'node:crypto'
import type { Documents } from '../../../collector/port.ts'
import { type Clock, iso } from '../../../core/clock.ts'
import { CodedError } from '../../../core/errors.ts'
import { fail } from '../errors.ts'

const KIND = 'sign-in'

/** What is good once is good once on all replicas: its name is put into the store before it counts. */
export class Replays {
  readonly #documents: Documents
  readonly #clock: Clock

  constructor({ documents, clock }: { documents: Documents; clock: Clock }) {
    this.#documents = documents
    this.#clock = clock
  }

  /** Remembered until `ends` (ms since epoch), when it is good no longer anyway. @throws TW_AUTH_SAML_REPLAY, TW_AUTH_STORE_DOWN */
  async once(name: string, ends: number): Promise<void> {
    try {
      await this.#documents.put(KIND, hash('sha256', name, 'hex'), {}, { expect: 'absent', at: iso(ends) })
    } catch (error) {
      const again = error instanceof CodedError && error.code === 'TW_STORE_CONFLICT'
      throw again ? fail('TW_AUTH_SAML_REPLAY') : fail('TW_AUTH_STORE_DOWN', {}, error)
    }
  }

  async sweep(): Promise<void> {
    const { documents } = await this.#documents.list(KIND, { to: iso(this.#clock.now()), limit: 500 })
    for (const { id, version } of documents) await this.#documents.remove(KIND, id, version)
  }
}
