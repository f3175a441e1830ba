import type { AggregateRow, EventQuery, Store } from '../../collector/port.ts'
import type { SessionEvent } from '../../core/event.ts'

/** Sessions as people look for them: one row a session, newest first. */
export async function findSessions(
  store: Store,
  query: Omit<EventQuery, 'limit' | 'after'>,
  limit = 200,
): Promise<AggregateRow[]> {
  const rows = await store.aggregate({ ...query, groupBy: ['user', 'session', 'connection'], limit })
  return rows.sort((a, b) => b.last.localeCompare(a.last))
}

/** A session's events in the order they happened. */
export async function sessionEvents(
  store: Store,
  session: string,
  limit = 1000,
): Promise<{ events: SessionEvent[]; total: number }> {
  const { events, total } = await store.search({ session, limit })
  return { events: events.reverse(), total }
}
