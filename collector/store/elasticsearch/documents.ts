import { createHash } from 'node:crypto'
import type { estypes } from '@elastic/elasticsearch'
import { fail } from '../../errors.ts'
import type { DocumentKind, Documents, StoredDocument, Version } from '../store.ts'
import { asking, type Connection, statusOf } from './client.ts'
import { createWrites, versioned } from './writes.ts'

interface Source {
  kind: string
  id: string
  at: string
  keys: string[]
  body: string
}

/** Documents in one index; the version is Elasticsearch's own (sequence number and primary term), never reused. */
export function documents({ client, documents: index }: Connection): Documents {
  const conflict = async <T>(kind: DocumentKind, id: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      // 404: a version was expected of a document that is gone.
      if (statusOf(error) === 409 || statusOf(error) === 404) throw fail('TW_STORE_CONFLICT', { kind, id })
      throw error
    }
  }

  const write = createWrites(client, index)

  return {
    get: <T>(kind: DocumentKind, id: string) =>
      asking(async () => {
        try {
          return document<T>(await client.get<Source>({ index, id: keyOf(kind, id) }))
        } catch (error) {
          if (statusOf(error) === 404) return undefined
          throw error
        }
      }),
    async put(kind, id, body, { expect, keys = {}, at }) {
      if (Number.isNaN(Date.parse(at)))
        throw fail('TW_STORE_INVALID', { reason: '`at` is not an RFC 3339 time' })
      const source: Source = {
        kind,
        id,
        at,
        keys: Object.entries(keys).map((entry) => JSON.stringify(entry)),
        body: JSON.stringify(body),
      }
      return write({ kind, id, key: keyOf(kind, id), expect, source })
    },
    list: <T>(kind: DocumentKind, query: Parameters<Documents['list']>[1]) =>
      asking(async () => {
        const page = query.after === undefined ? undefined : pageOf(query.after)
        await client.indices.refresh({ index })
        const { hits } = await client.search<Source>({
          index,
          allow_partial_search_results: false,
          seq_no_primary_term: true,
          size: query.limit,
          track_total_hits: false,
          query: {
            bool: {
              filter: [
                { term: { kind } },
                ...Object.entries(query.keys ?? {}).map((entry) => ({
                  term: { keys: JSON.stringify(entry) },
                })),
                ...(query.from === undefined ? [] : [{ range: { at: { gte: query.from } } }]),
                ...(query.to === undefined ? [] : [{ range: { at: { lt: query.to } } }]),
              ],
            },
          },
          sort: [{ at: 'desc' }, { id: 'desc' }],
          ...(page ? { search_after: page } : {}),
        })
        const last = hits.hits.at(-1)
        return {
          documents: hits.hits.map((hit) => document<T>(hit)),
          ...(last && hits.hits.length === query.limit ? { next: JSON.stringify(last.sort) } : {}),
        }
      }),
    remove: (kind, id, expect) =>
      asking(async () => {
        try {
          await conflict(kind, id, () =>
            client.delete({ index, id: keyOf(kind, id), ...(expect !== 'any' && versioned(expect)) }),
          )
        } catch (error) {
          if (expect !== 'any' || !isConflict(error)) throw error
        }
      }),
  }
}

const isConflict = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'TW_STORE_CONFLICT'

/** Ids are at most 512 bytes there; a longer one stands for itself by its hash. */
function keyOf(kind: DocumentKind, id: string): string {
  const key = `${kind}:${id}`
  return Buffer.byteLength(key) <= 512 ? key : `${kind}#${createHash('sha256').update(id).digest('hex')}`
}

const versionOf = (from: { _seq_no?: number; _primary_term?: number }): Version =>
  `${from._seq_no}.${from._primary_term}`

function document<T>(hit: {
  _source?: Source | undefined
  _seq_no?: number
  _primary_term?: number
}): StoredDocument<T> {
  const { id, at, keys, body } = hit._source!
  return {
    id,
    version: versionOf(hit),
    keys: Object.fromEntries(keys.map((entry): [string, string] => JSON.parse(entry))),
    at,
    body: JSON.parse(body),
  }
}

function pageOf(after: string): estypes.SortResults {
  try {
    const page: unknown = JSON.parse(after)
    if (Array.isArray(page) && typeof page[0] === 'number' && typeof page[1] === 'string') return page
  } catch {
    // told below
  }
  throw fail('TW_STORE_INVALID', { reason: '`after` is not a page of this list' })
}
