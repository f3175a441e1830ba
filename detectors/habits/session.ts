import { z } from 'zod'
import type { Facts } from '../engine/facts.ts'
import type { Span } from '../engine/span.ts'
import { type Bag, emptyBag } from './tokens.ts'

/** A session of one user that goes on. */
export interface OpenSession {
  id: string
  from: number
  last: number
  /** ms of its end, where it was told. */
  ended: number | undefined
  day: Span
  bag: Bag
  events: string[]
  collections: string[]
  /** Events at which it is judged next. */
  next: number
  /** ms: the longest pause in it so far. */
  pause: number
  /** How many sessions the user had begun at its last event. */
  begun: number
  /** It was over, has had its row, and goes on. */
  again: boolean
}

const EVIDENCE = 50
const COLLECTIONS = 8

export const beginSession = (facts: Facts, day: Span, begun: number, again: boolean): OpenSession => ({
  id: facts.session,
  from: facts.at,
  last: facts.at,
  ended: undefined,
  day,
  bag: emptyBag(),
  events: [],
  collections: [],
  next: 8,
  pause: 0,
  begun,
  again,
})

export function note(session: OpenSession, facts: Facts, begun: number): void {
  session.begun = begun
  session.pause = Math.max(session.pause, facts.at - session.last)
  session.last = Math.max(session.last, facts.at)
  session.from = Math.min(session.from, facts.at)
  if (facts.end !== undefined) session.ended = facts.at
  session.events.push(facts.id)
  if (session.events.length > EVIDENCE) session.events.shift()
  const { collection } = facts
  const { collections } = session
  if (collection !== undefined && collections.length < COLLECTIONS && !collections.includes(collection))
    collections.push(collection)
}

/**
 * A session without an end is over when something else has begun and it has been idle: for half an hour, for far
 * longer than it ever was while it went on, or, whatever the times say, while many others began.
 */
const IDLE = 30 * 60e3
const QUIET = 2 * 60e3
const PAUSES = 20
const SOME = 8
const OTHERS = 12
const GRACE = 2 * 60e3
/** Of one user; whoever converts old data may know no times, and all sessions seem to be at once. */
const AT_ONCE = 256

export function withId(open: readonly OpenSession[], id: string): OpenSession | undefined {
  for (const session of open) if (session.id === id) return session
  return undefined
}

function isOver({ last, ended, pause, bag, begun }: OpenSession, at: number, now: number): boolean {
  const known = bag.n >= SOME
  const idle = known ? Math.min(IDLE, Math.max(QUIET, PAUSES * pause)) : IDLE
  return last < at - idle || (known && now - begun >= OTHERS) || (ended !== undefined && ended < at - GRACE)
}

/** Whether any may be over: asked at every event. `begun`: sessions of the user so far. */
export function someOver(open: readonly OpenSession[], session: string, at: number, begun: number): boolean {
  if (open.length > AT_ONCE) return true
  for (const other of open) if (other.id !== session && isOver(other, at, begun)) return true
  return false
}

/** Those that are over when the user does something in `session` at `at`, the earliest first. */
export function over(
  open: readonly OpenSession[],
  session: string,
  at: number,
  begun: number,
): OpenSession[] {
  const idle = open.filter((other) => other.id !== session && isOver(other, at, begun))
  if (open.length - idle.length <= AT_ONCE) return idle
  const oldest = open.filter((other) => !idle.includes(other) && other.id !== session)
  return [...idle, ...oldest.sort((a, b) => a.last - b.last).slice(0, open.length - idle.length - AT_ONCE)]
}

/** An open session as saved: few ids, so that a user's document stays small. */
export const savedSession = z.object({
  ...{ i: z.string(), f: z.number(), l: z.number(), d: z.number(), e: z.number().optional() },
  ...{ g: z.number().optional(), r: z.literal(1).optional(), o: z.number().optional() },
  ...{ n: z.number(), x: z.number(), c: z.array(z.tuple([z.number(), z.number()])), v: z.array(z.string()) },
})
export type SavedSession = z.infer<typeof savedSession>

export const packSession = (session: OpenSession, now: number): SavedSession => {
  const { id, from, last, ended, day, bag, next, events, pause, again, begun } = session
  return {
    ...{ i: id, f: from, l: last, d: day.from, n: bag.n, x: next, c: [...bag.counts], v: events.slice(-2) },
    ...(ended !== undefined && { e: ended }),
    ...(pause > 0 && { g: pause }),
    ...(again && { r: 1 as const }),
    ...(now > begun && { o: now - begun }),
  }
}

/** As of a user of whom no session was counted yet. */
export const unpackSession = (saved: SavedSession, day: Span): OpenSession => ({
  ...{ id: saved.i, from: saved.f, last: saved.l, ended: saved.e, day, next: saved.x },
  bag: { ...emptyBag(), counts: new Map(saved.c), n: saved.n },
  ...{ events: saved.v, collections: [], pause: saved.g ?? 0, begun: -(saved.o ?? 0), again: saved.r === 1 },
})
