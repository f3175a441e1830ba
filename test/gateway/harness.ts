import type { Test } from 'tap'
import {
  type DocumentKind,
  type DocumentQuery,
  type Documents,
  openStore,
  type StoredDocument,
} from '../../collector/port.ts'
import { type Clock, systemClock } from '../../core/clock.ts'
import { CodedError } from '../../core/errors.ts'
import type { EventDraft } from '../../core/event.ts'
import { createLogger } from '../../core/log.ts'
import { openMasterKey } from '../../core/secrets.ts'
import { openKeyRing } from '../../core/signing.ts'
import { testRandom } from '../support/random.ts'

const random = testRandom('gateway')

/** A clock that stands still until it is moved. */
export function manualClock(start = Date.UTC(2026, 10, 20, 9)): Clock & { advance(ms: number): void } {
  let passed = 0
  return {
    now: () => start + passed,
    monotonic: () => passed,
    advance: (ms) => {
      passed += ms
    },
  }
}

/** One real store a file; every call gives documents of their own in it, with a switch for an outage. */
export function sharedDocuments(t: Test) {
  const log = createLogger('silent')
  const opening = openStore({ kind: 'embedded', file: ':memory:' }, { dataDir: '', log, clock: systemClock })
  t.teardown(async () => (await opening).close())
  let spaces = 0
  return () => {
    const space = `${++spaces}:`
    const control = { down: false, calls: 0 }
    const reach = async (): Promise<Documents> => {
      control.calls++
      if (control.down)
        throw new CodedError('TW_STORE_UNAVAILABLE', { status: 503, message: 'down', hint: 'later' })
      return (await opening).documents
    }
    const own = <T>(stored: StoredDocument<T>) => ({ ...stored, id: stored.id.slice(space.length) })
    const documents: Documents = {
      async get<T>(kind: DocumentKind, id: string) {
        const stored = await (await reach()).get<T>(kind, space + id)
        return stored && own(stored)
      },
      put: async (kind, id, body, options) =>
        (await reach()).put(kind, space + id, body, { ...options, keys: { ...options.keys, space } }),
      async list<T>(kind: DocumentKind, query: DocumentQuery) {
        const page = await (await reach()).list<T>(kind, { ...query, keys: { ...query.keys, space } })
        return { ...page, documents: page.documents.map(own) }
      },
      remove: async (kind, id, expect) => (await reach()).remove(kind, space + id, expect),
    }
    return { documents, control }
  }
}

/** What every replica of a machine shares, and a place for what it tells. */
export function replicaDeps(directory: string, documents: Documents, clock: Clock) {
  const events: EventDraft[] = []
  return {
    documents,
    clock,
    events,
    keyRing: openKeyRing(`${directory}/keys`, 'gateway'),
    master: openMasterKey(`${directory}/keys`, random),
    random,
    log: createLogger('silent'),
    emit: async (draft: EventDraft) => {
      events.push(draft)
    },
  }
}

/** The code an act fails with, or `undefined` where it succeeds. */
export async function codeOf(act: Promise<unknown>): Promise<string | undefined> {
  try {
    await act
    return undefined
  } catch (error) {
    return error instanceof CodedError ? error.code : String(error)
  }
}
