import type { Documents, StoredDocument } from '../../collector/port.ts'
import type { Logger } from '../../core/log.ts'
import type { RecordingSummary } from './recording.ts'

/** What is known of recordings without opening them: one document each, listed by user and by key. */
export class Catalogue {
  readonly #documents: Documents
  readonly #log: Logger
  readonly #writing = new Map<string, Promise<void>>()

  constructor(documents: Documents, log: Logger) {
    this.#documents = documents
    this.#log = log
  }

  /** Not waited for: the recording itself is on disk, and sealing writes the document again. */
  opened(summary: RecordingSummary, key: string): void {
    const writing = this.#put(summary, key, 'absent')
      .catch((error: unknown) => this.#log.warn({ err: error }, 'recording not listed yet'))
      .finally(() => this.#writing.delete(summary.session))
    this.#writing.set(summary.session, writing)
  }

  async sealed(summary: RecordingSummary, key: string): Promise<void> {
    await this.#writing.get(summary.session)
    await this.#put(summary, key, 'any')
  }

  async settled(): Promise<void> {
    await Promise.all(this.#writing.values())
  }

  async get(session: string): Promise<RecordingSummary | undefined> {
    return (await this.#documents.get<RecordingSummary>('recording', session))?.body
  }

  async remove(session: string): Promise<void> {
    await this.#documents.remove('recording', session, 'any')
  }

  async list({ user, limit, after }: { user?: string; limit: number; after?: string }) {
    const page = await this.#documents.list<RecordingSummary>('recording', {
      limit,
      ...(user === undefined ? {} : { keys: { user } }),
      ...(after === undefined ? {} : { after }),
    })
    const recordings = page.documents.map(({ body }) => body)
    return { recordings, ...(page.next === undefined ? {} : { next: page.next }) }
  }

  /** The caller removes each as it comes, so the first page is asked for again until it is empty. */
  olderThan(to: string): AsyncIterable<RecordingSummary> {
    return this.#drain({ to })
  }

  ofKey(key: string): AsyncIterable<RecordingSummary> {
    return this.#drain({ keys: { key } })
  }

  async *#drain(query: { to?: string; keys?: Record<string, string> }): AsyncGenerator<RecordingSummary> {
    let first: string | undefined
    for (;;) {
      const { documents }: { documents: StoredDocument<RecordingSummary>[] } =
        await this.#documents.list<RecordingSummary>('recording', { ...query, limit: 200 })
      if (documents.length === 0 || documents[0]?.id === first) return
      first = documents[0]?.id
      for (const { body } of documents) yield body
    }
  }

  async #put(summary: RecordingSummary, key: string, expect: 'absent' | 'any'): Promise<void> {
    await this.#documents.put('recording', summary.session, summary, {
      expect,
      keys: { user: summary.user, key },
      at: summary.started,
    })
  }
}
