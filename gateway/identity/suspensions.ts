import { hash } from 'node:crypto'
import type { Documents } from '../../collector/port.ts'
import { type Clock, iso } from '../../core/clock.ts'
import { CodedError } from '../../core/errors.ts'
import type { Logger } from '../../core/log.ts'
import type { KeyRing, Signed } from '../../core/signing.ts'
import { fail } from './errors.ts'
import { STALE } from './records.ts'

/** One signed document a user, suspended or restored; never deleted, so that deleting it restores nobody. */
export interface Standing {
  user: string
  suspended: boolean
  /** Grows with each change: an older document put back into the store changes nothing. */
  revision: number
  by: string
  reason: string
  at: string
}

/** A store asked this often shows a suspension made elsewhere well within 10 s. */
const INTERVAL = 4e3

const idOf = (user: string) => hash('sha256', user, 'hex')

/** Who is suspended, known synchronously. */
export class Suspensions {
  readonly #documents: Documents
  readonly #keyRing: KeyRing
  readonly #clock: Clock
  readonly #log: Logger
  readonly #standing = new Map<string, Standing>()
  #answered = Number.NEGATIVE_INFINITY
  #timer: NodeJS.Timeout | undefined
  #reading: Promise<void> | undefined

  constructor(deps: { documents: Documents; keyRing: KeyRing; clock: Clock; log: Logger }) {
    this.#documents = deps.documents
    this.#keyRing = deps.keyRing
    this.#clock = deps.clock
    this.#log = deps.log
  }

  async start(tick: () => void): Promise<void> {
    this.#timer ??= setInterval(() => {
      void this.refresh()
      tick()
    }, INTERVAL).unref()
    await this.refresh()
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  refusal(user: string): CodedError | undefined {
    const silence = this.#clock.monotonic() - this.#answered
    if (silence > STALE)
      return fail('TW_AUTH_STALE', { seconds: Number.isFinite(silence) ? Math.round(silence / 1e3) : 'some' })
    return this.#standing.get(user)?.suspended ? fail('TW_AUTH_SUSPENDED') : undefined
  }

  /** Reads all of them. A store that does not answer leaves what is known, until that is stale. */
  refresh(): Promise<void> {
    this.#reading ??= this.#read()
      .catch((error: unknown) => this.#log.warn({ err: error }, 'suspensions not read'))
      .finally(() => {
        this.#reading = undefined
      })
    return this.#reading
  }

  async set(change: { user: string; suspended: boolean; by: string; reason: string }): Promise<void> {
    const id = idOf(change.user)
    for (let attempt = 0; ; attempt++) {
      const stored = await this.#documents.get<Signed<Standing>>('suspension', id)
      if (stored) this.#learn(id, stored.body)
      const revision = (this.#standing.get(change.user)?.revision ?? 0) + 1
      const standing: Standing = { ...change, revision, at: iso(this.#clock.now()) }
      try {
        await this.#documents.put('suspension', id, this.#keyRing.sign('suspension', id, standing), {
          expect: stored?.version ?? 'absent',
          keys: { user: change.user, suspended: String(change.suspended) },
          at: standing.at,
        })
        this.#standing.set(change.user, standing)
        return
      } catch (error) {
        if (attempt === 3 || !(error instanceof CodedError) || error.code !== 'TW_STORE_CONFLICT') throw error
      }
    }
  }

  async #read(): Promise<void> {
    const asked = this.#clock.monotonic()
    let after: string | undefined
    do {
      const page = await this.#documents.list<Signed<Standing>>('suspension', {
        limit: 500,
        ...(after === undefined ? {} : { after }),
      })
      for (const { id, body } of page.documents) this.#learn(id, body)
      after = page.next
    } while (after !== undefined)
    this.#answered = asked
  }

  /** Whoever can write to the store can neither suspend nor restore: only signed, newer orders count. */
  #learn(id: string, signed: unknown): void {
    const standing = this.#keyRing.open<Standing>('suspension', id, signed)
    if (!standing || idOf(standing.user) !== id) {
      this.#log.error({ id }, 'suspension not signed by a trusted key: ignored')
      return
    }
    const known = this.#standing.get(standing.user)
    if (!known || standing.revision > known.revision) this.#standing.set(standing.user, standing)
  }
}
