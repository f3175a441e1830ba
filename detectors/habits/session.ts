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
  late: boolean
}

const EVIDENCE = 50
const COLLECTIONS = 8

export const beginSession = (facts: Facts, day: Span, late: boolean): OpenSession => ({
  ...{ id: facts.session, from: facts.at, last: facts.at, ended: undefined, day, bag: emptyBag() },
  ...{ events: [], collections: [], next: 8, late },
})

export function note(session: OpenSession, facts: Facts): void {
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

/** A session without an end is over when it has been idle and something else has begun. */
const IDLE = 30 * 60e3
const GRACE = 2 * 60e3
const AT_ONCE = 12

export function withId(open: readonly OpenSession[], id: string): OpenSession | undefined {
  for (const session of open) if (session.id === id) return session
  return undefined
}

/** Whether any may be over: asked at every event. */
export function someOver(open: readonly OpenSession[], session: string, at: number): boolean {
  if (open.length > AT_ONCE) return true
  for (const other of open)
    if (
      other.id !== session &&
      (other.last < at - IDLE || (other.ended !== undefined && other.ended < at - GRACE))
    )
      return true
  return false
}

/** Those that are over when the user does something in `session` at `at`. */
export function over(open: readonly OpenSession[], session: string, at: number): OpenSession[] {
  const idle = open.filter(
    (other) =>
      other.id !== session &&
      (other.last < at - IDLE || (other.ended !== undefined && other.ended < at - GRACE)),
  )
  if (open.length - idle.length <= AT_ONCE) return idle
  const oldest = open.filter((other) => !idle.includes(other) && other.id !== session)
  return [...idle, ...oldest.sort((a, b) => a.last - b.last).slice(0, open.length - idle.length - AT_ONCE)]
}

/** An open session as saved: few ids, so that a user's document stays small. */
export const savedSession = z.object({
  ...{ i: z.string(), f: z.number(), l: z.number(), d: z.number(), e: z.number().optional() },
  ...{ n: z.number(), x: z.number(), c: z.array(z.tuple([z.number(), z.number()])), v: z.array(z.string()) },
})
export type SavedSession = z.infer<typeof savedSession>

export const packSession = ({
  id,
  from,
  last,
  ended,
  day,
  bag,
  next,
  events,
}: OpenSession): SavedSession => ({
  ...{ i: id, f: from, l: last, d: day.from, n: bag.n, x: next, c: [...bag.counts], v: events.slice(-2) },
  ...(ended !== undefined && { e: ended }),
})

export const unpackSession = (saved: SavedSession, day: Span): OpenSession => ({
  ...{ id: saved.i, from: saved.f, last: saved.l, ended: saved.e, day, next: saved.x },
  bag: { ...emptyBag(), counts: new Map(saved.c), n: saved.n },
  ...{ events: saved.v, collections: [], late: false },
})
