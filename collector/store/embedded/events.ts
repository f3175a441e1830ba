import type { SessionEvent } from '../../../core/event.ts'
import { contentDigest } from '../../audit/chain.ts'
import { nextMonth } from '../month.ts'
import type { AppendResult, Cursor } from '../store.ts'
import type { Methods } from './methods.ts'
import { prepare, type Sqlite } from './schema.ts'

type Body = { body: string }

/** Appending, reading forward and dropping, on the thread of the store. */
export function events(db: Sqlite): Pick<Methods, 'append' | 'read' | 'retain'> {
  const insert = prepare<{ n: number }>(
    db,
    `insert into events (id, chain, sequence, at, user, session, action, outcome, connection, collection, traces, bytes, body)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (id) do nothing`,
  )
  const index = prepare(db, 'insert into events_text (rowid, words) values (?, ?)')
  const stored = prepare<Body>(db, 'select body from events where id = ?')
  const chains = prepare<{ chain: string; last: number }>(
    db,
    `with recursive c(chain) as (
       select min(chain) from events
       union all select (select min(chain) from events where chain > c.chain) from c where c.chain is not null)
     select chain, (select max(sequence) from events where events.chain = c.chain) as last
     from c where chain is not null`,
  )
  const after = prepare<Body & { sequence: number }>(
    db,
    'select body, sequence from events where chain = ? and sequence > ? order by sequence, n limit ?',
  )
  const at = prepare<Body>(db, 'select body from events where chain = ? and sequence = ? order by n')
  const oldest = prepare<{ at: number | null }>(db, 'select min(at) as at from events')
  const expired = prepare<{ n: number }>(db, 'select n from events where at < ? order by at, n limit 2000')
  const forget = prepare(db, 'delete from events where n = ?')
  const unindex = prepare(db, 'delete from events_text where rowid = ?')

  const append = (body: string): AppendResult => {
    const event: SessionEvent = JSON.parse(body)
    const { chain } = event.tracewarden
    const sequence = event.event.sequence
    if (!chain || sequence === undefined)
      return { status: 'rejected', reason: 'no event.sequence or tracewarden.chain: nobody could read it' }
    const row = insert.run(
      event.event.id,
      chain.id,
      sequence,
      Date.parse(event['@timestamp']),
      event.user?.id ?? null,
      event.tracewarden.session.id,
      event.event.action,
      event.event.outcome,
      event.tracewarden.connection?.name ?? null,
      event.tracewarden.collection ?? null,
      event.tracewarden.traces?.count ?? 0,
      event.tracewarden.bytes ?? 0,
      body,
    )
    if (row.changes === 1) {
      index.run(row.lastInsertRowid, words(event))
      return { status: 'created' }
    }
    const first: SessionEvent = JSON.parse(stored.get(event.event.id)!.body)
    if (contentDigest(first) === contentDigest(event)) return { status: 'duplicate' }
    return { status: 'tampered', reason: 'another event with this id is in the store' }
  }

  return {
    append: (bodies) => bodies.map(append),
    read(cursor: Cursor, limit) {
      const waiting = chains.all().filter(({ chain, last }) => last > (cursor[chain] ?? 0))
      const share = Math.max(1, Math.ceil(limit / Math.max(1, waiting.length)))
      return waiting.flatMap(({ chain }) => {
        const rows = after.all(chain, cursor[chain] ?? 0, share)
        const last = rows.at(-1)!.sequence
        // Two events may claim one sequence (one of them forged): a cursor must not pass only one of them.
        return [...rows.filter((row) => row.sequence < last), ...at.all(chain, last)].map((row) => row.body)
      })
    },
    retain(before) {
      const dropped: string[] = []
      for (;;) {
        const at = oldest.get()?.at
        if (at === undefined || at === null) return dropped
        const end = nextMonth(at)
        if (end > before) return dropped
        const rows = expired.all(end)
        for (const { n } of rows) {
          unindex.run(n)
          forget.run(n)
        }
        const month = new Date(at).toISOString().slice(0, 7)
        if (!dropped.includes(month)) dropped.push(month)
      }
    },
  }
}

/** What `text` looks in. */
export const words = (event: SessionEvent): string =>
  [
    event.event.reason,
    event.tracewarden.collection,
    event.tracewarden.statement?.shape,
    ...(event.tracewarden.rules ?? []),
    event.user?.id,
    event.user?.email,
    event.user?.name,
  ]
    .filter((word) => word !== undefined)
    .join('\n')
