import type { PostgresConnection } from '../../config/postgres.ts'
import type { LiveSession } from '../../sessions/tracker.ts'
import type { Desk, DoorDeps } from '../door.ts'
import type { Unauthenticated } from '../unauthenticated.ts'
import type { Database } from './backend/database.ts'
import type { PostgresMetrics } from './metrics.ts'

export interface PostgresDoorDeps extends DoorDeps {
  metrics: PostgresMetrics
}

/** One open door: its connection and everything that is made once for it. */
export interface PostgresDoor extends PostgresDoorDeps, Desk {
  connection: PostgresConnection
  database: Database
  unauthenticated: Unauthenticated
  /** Of a statement. */
  newId(): string
  /** How many connections take part in each session. */
  taking: Taking
}

export interface Taking {
  join(session: LiveSession): void
  /** @returns whether that was the last one */
  leave(session: LiveSession | undefined): boolean
}

export function createTaking(): Taking {
  const counts = new Map<LiveSession, number>()
  return {
    join: (session) => void counts.set(session, (counts.get(session) ?? 0) + 1),
    leave(session) {
      if (!session) return false
      const left = (counts.get(session) ?? 0) - 1
      if (left > 0) counts.set(session, left)
      else counts.delete(session)
      return left <= 0
    },
  }
}
