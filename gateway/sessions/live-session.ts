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

  /** ms since a sensitive field was last displayed; undefined if none was. */
  sinceSensitive(now: number): number | undefined {
    return this.sensitiveAt === undefined ? undefined : Math.max(0, now - this.sensitiveAt)
  }
}

/** Frozen to the last member, and in key order: the spool prints it once for all events of the session. */
export function contextOf(id: string, opening: SessionOpening): EventContext {
  const { person, credential, actor } = opening.identity
  return freeze({
    user: {
      ...(person.email === undefined ? {} : { email: person.email }),
      ...(person.team === undefined ? {} : { group: { name: person.team } }),
      id: person.user,
      ...(person.name === undefined ? {} : { name: person.name }),
      roles: [...person.roles],
    },
    ...(opening.source === '' ? {} : { source: { ip: opening.source } }),
    ...(opening.userAgent === '' ? {} : { user_agent: { original: opening.userAgent.slice(0, 512) } }),
    tracewarden: {
      connection: { name: opening.connection, protocol: opening.protocol },
      person: {
        ...(actor === undefined ? {} : { actor }),
        credential: credential.id,
        id: person.id,
        kind: person.kind,
        ...(person.timezone === undefined ? {} : { timezone: person.timezone }),
      },
      session: { id },
    },
  })
}

function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  Object.values(value).forEach(freeze)
  return Object.freeze(value)
}

/** A session is one of each of these. */
export const sessionKey = (opening: SessionOpening): string =>
  `${opening.connection}\n${opening.identity.person.id}\n${opening.identity.credential.id}\n${
    opening.identity.actor ?? ''
  }\n${opening.source}\n${opening.userAgent}`
