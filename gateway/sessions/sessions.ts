import type { SessionEvent } from '../../core/event.ts'
import type { Identity } from '../identity/person.ts'
import type { SessionRecording } from '../recording/recording.ts'

/** An HTTP session is one person, credential, client (address and user agent) and connection until the idle time passes. */
export interface Session {
  readonly id: string
  readonly identity: Identity
  readonly connection: string
  readonly source: string
  readonly userAgent: string
  readonly started: number
  readonly recording: SessionRecording | undefined
  /** ms since epoch of the last sensitive field displayed; undefined if none was. */
  sensitiveAt: number | undefined
  totals: { requests: number; traces: number; bytes: number }
  /** The parts of an event draft that every event of this session shares. */
  context(): EventContext
}

export type SessionEnd = 'client' | 'abort' | 'idle' | 'killed' | 'error'

export type EventContext = Pick<SessionEvent, 'tracewarden'> &
  Partial<Pick<SessionEvent, 'user' | 'source' | 'user_agent'>>
