import type { SessionEvent } from '../../../core/event.ts'
import { erasePersonal, isPersonal } from '../../audit/chain.ts'
import { words } from './events.ts'
import type { Methods } from './methods.ts'
import { prepare, type Sqlite } from './schema.ts'

/** Events of one transaction. */
const PAGE = 250

/** Taking a person out of the events, on the thread of the store. */
export function erasure(db: Sqlite): Pick<Methods, 'erase' | 'compact'> {
  const page = prepare<{ n: number; at: number; body: string }>(
    db,
    'select n, at, body from events where user = ? and (at, n) > (?, ?) order by at, n limit ?',
  )
  const rewrite = prepare(db, 'update events set body = ? where n = ?')
  const unindex = prepare(db, 'delete from events_text where rowid = ?')
  const index = prepare(db, 'insert into events_text (rowid, words) values (?, ?)')
  /** Words of removed rows stay in the index until its parts are merged. */
  const merge = prepare(db, "insert into events_text (events_text) values ('optimize')")

  return {
    erase(user, [at, n]) {
      const rows = page.all(user, at, n, PAGE)
      let erased = 0
      for (const row of rows) {
        const event: SessionEvent = JSON.parse(row.body)
        if (!isPersonal(event)) continue
        const left = erasePersonal(event)
        rewrite.run(JSON.stringify(left), row.n)
        unindex.run(row.n)
        index.run(row.n, words(left))
        erased++
      }
      const last = rows.at(-1)
      if (last && rows.length === PAGE) return { erased, next: [last.at, last.n] }
      merge.run()
      return { erased }
    },
    compact() {
      db.exec('vacuum')
      db.pragma('wal_checkpoint(truncate)')
    },
  }
}
