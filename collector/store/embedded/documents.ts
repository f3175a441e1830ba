import { fail } from '../../errors.ts'
import type { DocumentKind } from '../store.ts'
import type { DocumentRow, Methods } from './methods.ts'
import { prepare, type Sqlite } from './schema.ts'

type Row = { id: string; version: number; keys: string; at_text: string; at: number; body: string }

/** Documents, on the thread of the store. Versions come from one counter, so a removed document's never returns. */
export function documents(db: Sqlite): Pick<Methods, 'get' | 'put' | 'list' | 'remove'> {
  const COLUMNS = 'd.id, d.version, d.keys, d.at_text, d.at, d.body'
  const one = prepare<Row>(db, `select ${COLUMNS} from documents d where kind = ? and id = ?`)
  const count = prepare<{ value: number }>(
    db,
    "update counters set value = value + 1 where name = 'version' returning value",
  )
  const write = prepare(
    db,
    `insert into documents (kind, id, version, at, at_text, keys, body) values (?, ?, ?, ?, ?, ?, ?)
     on conflict (kind, id) do update set version = excluded.version, at = excluded.at,
       at_text = excluded.at_text, keys = excluded.keys, body = excluded.body`,
  )
  const drop = prepare(db, 'delete from documents where kind = ? and id = ?')
  const key = prepare(db, 'insert into document_keys (kind, name, value, at, id) values (?, ?, ?, ?, ?)')
  const unkey = prepare(
    db,
    'delete from document_keys where kind = ? and name = ? and value = ? and at = ? and id = ?',
  )

  const lists = new Map<string, typeof one>()

  const unindex = (kind: DocumentKind, row: Row | undefined) => {
    if (!row) return
    for (const [name, value] of Object.entries<string>(JSON.parse(row.keys)))
      unkey.run(kind, name, value, row.at, row.id)
  }
  const expecting = (kind: DocumentKind, id: string, expect: string): Row | undefined => {
    const row = one.get(kind, id)
    if (expect === 'any') return row
    if (expect === 'absent' ? row : String(row?.version) !== expect)
      throw fail('TW_STORE_CONFLICT', { kind, id })
    return row
  }

  return {
    get(kind, id) {
      const row = one.get(kind, id)
      return row && documentRow(row)
    },
    put(kind, id, body, { expect, keys = {}, at }) {
      const time = Date.parse(at)
      if (Number.isNaN(time)) throw fail('TW_STORE_INVALID', { reason: '`at` is not an RFC 3339 time' })
      unindex(kind, expecting(kind, id, expect))
      const { value: version } = count.get()!
      write.run(kind, id, version, time, at, JSON.stringify(keys), body)
      for (const [name, value] of Object.entries(keys)) key.run(kind, name, value, time, id)
      return String(version)
    },
    list(kind, { keys = {}, from, to, limit, after }) {
      const parts = ['d.kind = ?']
      const values: unknown[] = [kind]
      const add = (sql: string, ...bound: unknown[]) => {
        parts.push(sql)
        values.push(...bound)
      }
      for (const [name, value] of Object.entries(keys))
        add(
          'exists (select 1 from document_keys k where k.kind = d.kind and k.name = ? and k.value = ? and k.at = d.at and k.id = d.id)',
          name,
          value,
        )
      if (from !== undefined) add('d.at >= ?', Date.parse(from))
      if (to !== undefined) add('d.at < ?', Date.parse(to))
      if (after !== undefined) add('(d.at, d.id) < (?, ?)', ...pageOf(after))
      const sql = `select ${COLUMNS} from documents d where ${parts.join(' and ')} order by d.at desc, d.id desc limit ?`
      const statement = lists.get(sql) ?? prepare<Row>(db, sql)
      lists.set(sql, statement)
      const rows = statement.all(...values, limit)
      const last = rows.at(-1)
      return {
        documents: rows.map(documentRow),
        ...(last && rows.length === limit ? { next: JSON.stringify([last.at, last.id]) } : {}),
      }
    },
    remove(kind, id, expect) {
      unindex(kind, expecting(kind, id, expect))
      drop.run(kind, id)
    },
  }
}

const documentRow = (row: Row): DocumentRow => ({
  id: row.id,
  version: String(row.version),
  keys: row.keys,
  at: row.at_text,
  body: row.body,
})

function pageOf(after: string): [number, string] {
  let page: unknown
  try {
    page = JSON.parse(after)
  } catch {
    page = undefined
  }
  if (Array.isArray(page) && typeof page[0] === 'number' && typeof page[1] === 'string')
    return [page[0], page[1]]
  throw fail('TW_STORE_INVALID', { reason: '`after` is not a page of this list' })
}
