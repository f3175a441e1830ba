import type { Client } from '@elastic/elasticsearch'
import { fail } from '../../errors.ts'
import type { DocumentKind, Version } from '../store.ts'
import { asking, codedAs } from './client.ts'

/** One write of a document, as its version allows. */
export interface Write {
  kind: DocumentKind
  id: string
  /** `_id` there. */
  key: string
  expect: Version | 'absent' | 'any'
  source: object
}

interface Waiting extends Write {
  resolve: (version: Version) => void
  reject: (error: unknown) => void
}

/** Most of one request: a document is at most some 64 KiB. */
const MOST = 200

/**
 * What is written in one turn of the event loop goes in one request, as the server syncs its log once a request: each
 * for itself, so that one that conflicts takes no other with it.
 * @returns what writes. @throws TW_STORE_CONFLICT, or as any call
 */
export function createWrites(client: Client, index: string): (write: Write) => Promise<Version> {
  let waiting: Waiting[] = []

  const flush = () => {
    const writes = waiting
    waiting = []
    for (let i = 0; i < writes.length; i += MOST) void send(writes.slice(i, i + MOST))
  }
  const send = async (writes: readonly Waiting[]) => {
    try {
      const { items } = await asking(() =>
        client.bulk({
          index,
          operations: writes.flatMap(({ key, expect, source }) => [operation(key, expect), source]),
        }),
      )
      for (const [i, { kind, id, resolve, reject }] of writes.entries()) {
        const item = items[i]?.create ?? items[i]?.index
        const status = item?.status ?? 0
        if (status >= 200 && status < 300) resolve(`${item?._seq_no}.${item?._primary_term}`)
        // 404: a version was expected of a document that is gone.
        else if (status === 409 || status === 404) reject(fail('TW_STORE_CONFLICT', { kind, id }))
        else reject(codedAs(status, `${item?.error?.type}: ${item?.error?.reason}`))
      }
    } catch (error) {
      for (const { reject } of writes) reject(error)
    }
  }

  return (write) =>
    new Promise((resolve, reject) => {
      if (waiting.push({ ...write, resolve, reject }) === 1) setImmediate(flush)
    })
}

function operation(_id: string, expect: Version | 'absent' | 'any') {
  if (expect === 'any') return { index: { _id } }
  return expect === 'absent' ? { create: { _id } } : { index: { _id, ...versioned(expect) } }
}

export function versioned(version: Version): { if_seq_no: number; if_primary_term: number } {
  const [sequence, term] = version.split('.')
  return { if_seq_no: Number(sequence), if_primary_term: Number(term) }
}
