import type { AggregateRow, EventQuery, Store } from '../../collector/port.ts'
import { iso } from '../../core/clock.ts'
import type { SessionEvent } from '../../core/event.ts'

const DAY = 86_400_000
const MOST_GROUPS = 5000

/**
 * Sessions as people look for them: one row a session, the latest first. The store sums by key, not by time, so this
 * looks back a growing while until it has enough. A day's margin keeps sums whole for sessions shorter than that.
 */
export async function findSessions(
  store: Store,
  query: Omit<EventQuery, 'limit' | 'after'>,
  limit: number,
  now: number,
): Promise<AggregateRow[]> {
  const end = query.to === undefined ? now : Date.parse(query.to)
  const floor = query.from === undefined ? 0 : Date.parse(query.from)
  let margin = DAY
  let span = 2 * DAY
  let narrowed = false
  for (;;) {
    const from = Math.max(floor, end - span)
    const rows = await store.aggregate({
      ...query,
      from: iso(from),
      groupBy: ['user', 'session', 'connection'],
      limit: MOST_GROUPS,
    })
    // A cut answer lacks some users altogether: look at less, even if sums then begin in the middle.
    if (rows.length === MOST_GROUPS && span > 60e3) {
      span /= 4
      margin = 0
      narrowed = true
      continue
    }
    // What the gateway does by itself is nobody's session.
    const whole = rows.filter(
      ({ key: [user], last }) => user !== '' && (from === floor || Date.parse(last) >= from + margin),
    )
    if (whole.length >= limit || from === floor || narrowed)
      return whole.sort((a, b) => b.last.localeCompare(a.last)).slice(0, limit)
    span *= 8
  }
}

/** A session's events in the order they happened; the last ones, if there are more. */
export async function sessionEvents(
  store: Store,
  session: string,
  limit = 1000,
): Promise<{ events: SessionEvent[]; total: number }> {
  const { events, total } = await store.search({ session, limit })
  return { events: events.reverse(), total }
}
