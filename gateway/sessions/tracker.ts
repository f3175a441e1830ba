import type { Spool } from '../../collector/port.ts'
import { type Clock, iso } from '../../core/clock.ts'
import type { EventDraft } from '../../core/event.ts'
import { newId } from '../../core/ids.ts'
import type { Logger } from '../../core/log.ts'
import type { Random } from '../../core/random.ts'
import type { Recorder } from '../recording/recording.ts'
import { LiveSession, type SessionOpening, sessionKey } from './live-session.ts'
import type { SessionEnd } from './sessions.ts'

export { LiveSession, type SessionOpening } from './live-session.ts'

/**
 * Which session a request belongs to.
 *
 *   enter ─▶ live ─▶ (leave, nothing for the idle time) ─▶ idle
 *                └─▶ (an answer cut, no request within the grace) ─▶ abort
 *                └─▶ (connection broken, no request within the idle time) ─▶ abort
 *                └─▶ signed out ─▶ client │ suspended ─▶ killed │ not recordable ─▶ error
 *
 * A browser cuts answers whenever a page is left, so a cut only ends the session if nothing follows it.
 */
export interface Sessions {
  /**
   * The live session of this person, credential, client and connection, or a new one, whose session-start is on disk.
   * Each enter has its leave. Rejects where the start cannot be recorded.
   */
  enter(opening: SessionOpening): LiveSession | Promise<LiveSession>
  leave(session: LiveSession): void
  /** The peer vanished: in the middle of an answer (`cut`), or between answers. */
  broken(session: LiveSession, cut: boolean): void
  end(session: LiveSession, end: SessionEnd, reason?: string): Promise<void>
  /** Ends all sessions of one `user.id`: signed out, suspended. */
  endUser(user: string, end: SessionEnd, reason?: string): Promise<void>
  /** Ends what is due; called about every second. */
  sweep(): Promise<void>
  active(): readonly LiveSession[]
  /** Ends everything that still lives. */
  close(): Promise<void>
}

export interface SessionsDeps {
  spool: Spool
  /** Undefined where recording is off. */
  recorder: () => Recorder | undefined
  clock: Clock
  random: Random
  log: Logger
  /** Idle time of a connection, ms. */
  idle: (connection: string) => number
  /** Bytes after which a session ends so that the next begins a new recording. */
  maxRecording: () => number
  /** Called with +1 and -1. */
  count?: (connection: string, by: number) => void
}

/** How long after a cut answer a next request still continues the session, ms. */
const CUT_GRACE = 2_000

export function createSessions(deps: SessionsDeps): Sessions {
  const live = new Map<string, LiveSession>()
  const opening = new Map<string, Promise<LiveSession>>()
  const ending = new Set<Promise<void>>()
  /** A door that opens with the same object each time need not have its key made each time. */
  const keys = new WeakMap<SessionOpening, string>()
  const keyOf = (input: SessionOpening): string => {
    let key = keys.get(input)
    if (key === undefined) {
      key = sessionKey(input)
      if (Object.isFrozen(input)) keys.set(input, key)
    }
    return key
  }

  async function open(key: string, input: SessionOpening): Promise<LiveSession> {
    const started = deps.clock.now()
    const id = newId(deps.clock, deps.random)
    const recording = await deps.recorder()?.open(id, input.identity.person, started)
    const session = new LiveSession(id, key, input, started, recording)
    await deps.spool.append([startOf(session)])
    live.set(key, session)
    deps.count?.(session.connection, 1)
    return session
  }

  function touch(session: LiveSession): LiveSession {
    session.inFlight++
    session.broken = undefined
    session.seenAt = deps.clock.now()
    return session
  }

  async function close(session: LiveSession, end: SessionEnd, reason?: string) {
    if (session.ended) return
    session.ended = true
    if (live.get(session.key) === session) live.delete(session.key)
    deps.count?.(session.connection, -1)
    try {
      await deps.spool.append([endOf(session, end, reason, deps.clock.now())])
    } catch (error) {
      deps.log.error({ err: error, session: session.id }, 'the end of a session could not be recorded')
    }
    await session.recording?.seal().catch((error: unknown) => {
      deps.log.error({ err: error, session: session.id }, 'a recording could not be sealed')
    })
  }

  function end(session: LiveSession, how: SessionEnd, reason?: string): Promise<void> {
    const done = close(session, how, reason).finally(() => ending.delete(done))
    ending.add(done)
    return done
  }

  function due(session: LiveSession, now: number): [SessionEnd, string?] | undefined {
    if (session.inFlight > 0) return undefined
    const { broken } = session
    if (broken?.cut && now - broken.at >= CUT_GRACE) return ['abort', 'the answer was cut by the peer']
    if (now - session.seenAt >= deps.idle(session.connection))
      return broken ? ['abort', 'the connection broke and no request followed'] : ['idle']
    if ((session.recording?.bytes ?? 0) >= deps.maxRecording()) return ['idle', 'the recording is full']
    return undefined
  }

  return {
    enter(input) {
      const key = keyOf(input)
      const known = live.get(key)
      if (known) return touch(known)
      let pending = opening.get(key)
      if (!pending) {
        pending = open(key, input).finally(() => opening.delete(key))
        opening.set(key, pending)
      }
      return pending.then(touch)
    },
    leave(session) {
      session.inFlight--
      session.seenAt = deps.clock.now()
    },
    broken(session, cut) {
      const before = session.broken
      session.broken = { at: deps.clock.now(), cut: cut || before?.cut === true }
    },
    end,
    async endUser(user, how, reason) {
      const theirs = [...live.values()].filter((session) => session.identity.person.user === user)
      await Promise.all(theirs.map((session) => end(session, how, reason)))
    },
    async sweep() {
      const now = deps.clock.now()
      const ends: Promise<void>[] = []
      for (const session of live.values()) {
        const verdict = due(session, now)
        if (verdict) ends.push(end(session, ...verdict))
      }
      await Promise.all(ends)
    },
    active: () => [...live.values()],
    async close() {
      await Promise.allSettled(opening.values())
      for (const session of [...live.values()]) void end(session, 'idle', 'the gateway stopped')
      await Promise.all(ending)
    },
  }
}

const startOf = (session: LiveSession): EventDraft => ({
  '@timestamp': iso(session.started),
  event: {
    kind: 'event',
    category: ['session'],
    type: ['start'],
    action: 'session-start',
    outcome: 'success',
  },
  ...session.context(),
})

function endOf(session: LiveSession, end: SessionEnd, reason: string | undefined, now: number): EventDraft {
  const context = session.context()
  return {
    '@timestamp': iso(now),
    event: {
      kind: 'event',
      category: ['session'],
      type: ['end'],
      action: 'session-end',
      outcome: end === 'error' ? 'failure' : 'success',
      ...(reason === undefined ? {} : { reason }),
      duration: Math.max(0, now - session.started) * 1e6,
    },
    ...context,
    tracewarden: {
      ...context.tracewarden,
      session: { id: session.id, end, ...session.totals, started: iso(session.started) },
      // A peer that vanished did so when it broke off, not when nothing had followed for long enough.
      since_sensitive_ms: session.sinceSensitive(end === 'abort' ? (session.broken?.at ?? now) : now),
    },
  }
}
