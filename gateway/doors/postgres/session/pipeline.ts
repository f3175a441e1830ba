import type { Link } from '../backend/link.ts'
import { serverReport } from '../backend/scrub.ts'
import { fail } from '../errors.ts'
import type { Inbox } from '../wire/inbox.ts'
import { BACKEND } from '../wire/types.ts'
import type { Client } from './client.ts'
import { learned } from './parameters.ts'

/** A message sent on whose reply is due. */
export interface Step {
  /** Types of message that end its reply. */
  ends: readonly number[]
  /** The client gets the reply. */
  tell: boolean
  /** A description: judged before the client gets it. */
  described?: (inbox: Inbox) => void
  /** What to take back should it fail. */
  undo?: () => void
}

/** Messages of the extended protocol that wait to go to the server together, and the replies that are then due. */
export class Pipeline {
  readonly #client: Client
  #bytes: Uint8Array[] = []
  #steps: Step[] = []

  constructor(client: Client) {
    this.#client = client
  }

  get waiting(): boolean {
    return this.#steps.length > 0
  }

  /** What waits does not go. */
  discard(): void {
    this.#bytes = []
    this.#steps = []
  }

  add(bytes: Uint8Array, step: Step): void {
    this.#bytes.push(bytes)
    this.#steps.push(step)
  }

  /** Sends what waits, and these; takes the replies of what waited. */
  async send(...last: readonly Uint8Array[]): Promise<void> {
    const bytes = [...this.#bytes, ...last]
    const steps = this.#steps
    this.#bytes = []
    this.#steps = []
    const link = await this.#client.attach()
    link.write(bytes.length === 1 ? bytes[0]! : Buffer.concat(bytes))
    for (let i = 0; i < steps.length; i++) {
      try {
        await this.#reply(link, steps[i]!)
      } catch (error) {
        for (const step of steps.slice(i)) step.undo?.()
        throw error
      }
    }
  }

  async #reply({ inbox, learn }: Link, step: Step): Promise<void> {
    const client = this.#client
    const { scrub } = client.door.snapshot()
    for (;;) {
      if (!inbox.advance()) await inbox.next()
      if (inbox.type === BACKEND.error) {
        const { message: text, sqlstate } = serverReport(inbox, scrub)
        throw fail('TW_PG_BACKEND_ERROR', { message: text, sqlstate })
      }
      if (inbox.type === BACKEND.parameterStatus) {
        const { name, value } = learn()
        learned(client, name, value)
        continue
      }
      const ends = step.ends.includes(inbox.type)
      if (!ends && inbox.type !== BACKEND.parameterDescription) continue
      if (inbox.type === BACKEND.rowDescription) step.described?.(inbox)
      if (step.tell) client.send(Buffer.from(inbox.buf.subarray(inbox.at, inbox.end)))
      if (ends) return
    }
  }

  /** Reads up to ReadyForQuery, after an error that left some replies unread. */
  async toReady(): Promise<void> {
    const { link } = this.#client
    if (!link) return
    const { inbox } = link
    for (;;) {
      if (!inbox.advance()) await inbox.next()
      if (inbox.type === BACKEND.parameterStatus) {
        const { name, value } = link.learn()
        learned(this.#client, name, value)
      }
      if (inbox.type === BACKEND.ready) break
    }
    link.ready()
  }
}
