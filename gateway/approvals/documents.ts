import { createHash } from 'node:crypto'
import type { Documents, StoredDocument, Version } from '../../collector/port.ts'
import { canonical } from '../../core/canonical.ts'
import { CodedError } from '../../core/errors.ts'
import type { KeyRing, Signed } from '../../core/signing.ts'
import { fail } from './errors.ts'

/** Two writers rarely meet on one document; this many times in a row is a fault. */
const ATTEMPTS = 8

export interface Held<T> {
  body: T
  version: Version
}

export interface SignedDocuments<T> {
  /** @throws TW_APPROVAL_ALTERED */
  get(id: string): Promise<Held<T> | undefined>
  list(query: Parameters<Documents['list']>[1]): Promise<{ bodies: T[]; altered: string[]; next?: string }>
  /** False: there is one already. */
  create(id: string, body: T): Promise<boolean>
  /**
   * Reads, decides, writes by compare-and-set; read and decided again where somebody else was faster. `change` throws
   * to refuse, returns undefined to leave it as it is.
   * @throws TW_APPROVAL_UNKNOWN, TW_APPROVAL_ALTERED, TW_APPROVAL_BUSY
   */
  update(id: string, change: (body: T) => T | undefined): Promise<T>
  remove(id: string): Promise<void>
}

/** Documents of one kind that nobody but a role with a key can have written. */
export function signedDocuments<T>(
  kind: 'approval' | 'grant',
  documents: Documents,
  keyRing: KeyRing,
  index: (body: T) => { keys: Readonly<Record<string, string>>; at: string },
): SignedDocuments<T> {
  const open = ({ id, body }: StoredDocument<Signed<T>>) => keyRing.open<T>(kind, id, body)
  const put = (id: string, body: T, expect: Version | 'absent') =>
    documents.put(kind, id, keyRing.sign(kind, id, body), { expect, ...index(body) })

  const get = async (id: string): Promise<Held<T> | undefined> => {
    const stored = await documents.get<Signed<T>>(kind, id)
    if (!stored) return undefined
    const body = open(stored)
    if (body === undefined) throw fail('TW_APPROVAL_ALTERED', { kind, id })
    return { body, version: stored.version }
  }

  return {
    get,
    async list(query) {
      const page = await documents.list<Signed<T>>(kind, query)
      const opened = page.documents.map((stored) => ({ id: stored.id, body: open(stored) }))
      return {
        bodies: opened.flatMap(({ body }) => (body === undefined ? [] : [body])),
        altered: opened.flatMap(({ id, body }) => (body === undefined ? [id] : [])),
        ...(page.next === undefined ? {} : { next: page.next }),
      }
    },
    create: (id, body) =>
      put(id, body, 'absent').then(
        () => true,
        (error: unknown) => {
          if (isConflict(error)) return false
          throw error
        },
      ),
    async update(id, change) {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const held = await get(id)
        if (!held) throw fail('TW_APPROVAL_UNKNOWN', { id })
        const changed = change(held.body)
        if (changed === undefined) return held.body
        try {
          await put(id, changed, held.version)
          return changed
        } catch (error) {
          if (!isConflict(error)) throw error
        }
      }
      throw fail('TW_APPROVAL_BUSY', { kind, id })
    },
    remove: (id) => documents.remove(kind, id, 'any'),
  }
}

const isConflict = (error: unknown): boolean =>
  error instanceof CodedError && error.code === 'TW_STORE_CONFLICT'

/** A short name for what belongs together: equal exactly for equal values. */
export const fingerprint = (...parts: unknown[]): string =>
  createHash('sha256').update(canonical(parts)).digest('hex').slice(0, 40)
