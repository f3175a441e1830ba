import { verdictOf } from '../../inquiry/event.ts'
import type { Shown } from '../../inquiry/shown.ts'
import type { Client } from '../session/client.ts'
import type { Statement } from '../session/statement.ts'

/** Notes in the session and in the metrics that something was released. */
export function shownNow(client: Client, x: Statement, shown: Shown | undefined, bytes: number): void {
  const { door } = client
  const connection = door.connection.name
  const session = x.session
  if (session) {
    session.totals.bytes += bytes
    if (shown) {
      session.totals.traces += shown.count
      if (shown.sensitive.length) session.sensitiveAt = door.clock.now()
    }
  }
  door.metrics.bytes.inc({ connection }, bytes)
  const rows = x.tally.rows - x.tally.toldRows
  x.tally.toldRows = x.tally.rows
  door.metrics.rows.inc({ connection }, rows)
}

/** The end of a statement that was served. */
export function finished(client: Client, x: Statement, shown: Shown | undefined, bytes: number): void {
  const { door } = client
  const connection = door.connection.name
  shownNow(client, x, shown, bytes)
  if (x.session) x.session.totals.requests++
  door.metrics.statements.inc({ connection, verdict: verdictOf(x, shown) ?? 'none', outcome: 'success' })
  door.metrics.duration.observe({ connection }, (door.clock.monotonic() - x.started) / 1e3)
}
