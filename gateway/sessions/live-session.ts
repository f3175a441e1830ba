import type { Identity } from '../identity/person.ts'
import type { SessionRecording } from '../recording/recording.ts'
import type { EventContext, Session } from './sessions.ts'

export interface SessionOpening {
  identity: Identity
  connection: string
  protocol: 'http' | 'postgres' | 's3' | 'mcp' | 'console'
  /** The peer's address. */
  source: string
  userAgent: string
}

/** A session that has begun and not ended. */
export class LiveSession implements Session {
  readonly id: string
  readonly key: string
  readonly identity: Identity
  readonly connection: string
  readonly source: string
  readonly userAgent: string
  readonly started: number
  readonly recording: SessionRecording | undefined
  sensitiveAt: number | undefined
  readonly totals = { requests: 0, traces: 0, bytes: 0 }
  /** Requests under way: a long download is not idle. */
  inFlight = 0
  seenAt: number
  /** When its peer vanished, and whether an answer was cut by it; undone by the next request. */
  broken: { at: number; cut: boolean } | undefined
  ended = false
  readonly #context: EventContext

  constructor(
    id: string,
    key: string,
    opening: SessionOpening,
    started: number,
    recording: SessionRecording | undefined,
  ) {
    this.id = id
    this.key = key
    this.identity = opening.identity
    this.connection = opening.connection
    this.source = opening.source
    this.userAgent = opening.userAgent
    this.started = started
    this.seenAt = started
    this.recording = recording
    this.#context = contextOf(id, opening)
  }

  context() {
    return this.#context
  }

  /** ms since a sensitive field was last displayed; absent if none was. */
  sinceSensitive(now: number): { since_sensitive_ms?: number } {
    return this.sensitiveAt === undefined ? {} : { since_sensitive_ms: Math.max(0, now - this.sensitiveAt) }
  }
}

export function contextOf(id: string, opening: SessionOpening): EventContext {
  const { person, credential, actor } = opening.identity
  return {
    user: {
      id: person.user,
      ...(person.email === undefined ? {} : { email: person.email }),
      ...(person.name === undefined ? {} : { name: person.name }),
      roles: [...person.roles],
      ...(person.team === undefined ? {} : { group: { name: person.team } }),
    },
    ...(opening.source === '' ? {} : { source: { ip: opening.source } }),
    ...(opening.userAgent === '' ? {} : { user_agent: { original: opening.userAgent.slice(0, 512) } }),
    tracewarden: {
      person: {
        kind: person.kind,
        ...(person.timezone === undefined ? {} : { timezone: person.timezone }),
        credential: credential.id,
        ...(actor === undefined ? {} : { actor }),
        id: person.id,
      },
      session: { id },
      connection: { name: opening.connection, protocol: opening.protocol },
    },
  }
}

/** A session is one of each of these. */
export const sessionKey = (opening: SessionOpening): string =>
  `${opening.connection}\n${opening.identity.person.id}\n${opening.identity.credential.id}\n${
    opening.identity.actor ?? ''
  }\n${opening.source}\n${opening.userAgent}`
