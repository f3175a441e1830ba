import { verdictOf } from '../../inquiry/event.ts'
import type { Shown } from '../../inquiry/shown.ts'
import type { Door } from '../door-context.ts'
import type { Exchange } from '../exchange.ts'

/** Notes in the session and in the metrics that something was released. */
export function shownNow(door: Door, x: Exchange, shown: Shown | undefined, bytes: number): void {
  const session = x.session
  if (session) {
    session.totals.bytes += bytes
    if (shown) {
      session.totals.traces += shown.count
      if (shown.sensitive.length) session.sensitiveAt = door.clock.now()
    }
  }
  door.metrics.bytes.inc({ connection: door.connection.name }, bytes)
}

/** The end of a request that was served. */
export function finished(door: Door, x: Exchange, shown: Shown | undefined, bytes: number): void {
  const connection = door.connection.name
  shownNow(door, x, shown, bytes)
  if (x.session) x.session.totals.requests++
  door.metrics.requests.inc({ connection, verdict: verdictOf(x, shown) ?? 'none', outcome: 'success' })
  door.metrics.duration.observe({ connection }, (door.clock.monotonic() - x.started) / 1e3)
}
