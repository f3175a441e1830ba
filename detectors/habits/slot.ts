import { noPeak, type Peak } from '../baseline/calibration.ts'
import { short } from '../baseline/round.ts'
import type { OpenSpan } from '../engine/subject.ts'
import type { Matter } from '../engine/window.ts'
import type { Known } from './judge.ts'
import { pack, unpack } from './pack.ts'
import { emptyProfile } from './profile.ts'
import { savedTracker } from './saved.ts'
import { type OpenSession, packSession, unpackSession } from './session.ts'

/** What is held of one user. */
export interface Slot extends Known {
  open: OpenSession[]
  closed: string[]
  /** Sessions begun since it was loaded. */
  begun: number
  matters: Matter[]
  peak: Peak
}

/** Open sessions that are saved: the latest, so that a user's document stays small. */
const SAVED = 12

export const newSlot = (): Slot => ({
  profile: emptyProfile(),
  open: [],
  closed: [],
  begun: 0,
  matters: [],
  streak: 0,
  before: 0,
  peak: noPeak(),
})

export function packSlot(slot: Slot) {
  const { usual, sessions: s, first: f, last: l } = slot.profile
  const b = {
    w: pack(slot.profile),
    s,
    f,
    l,
    u: [usual.n, usual.mean, usual.variance],
    k: slot.streak,
    p: short(slot.before),
    ...(slot.peak[1] > 0 && { x: slot.peak }),
  }
  const open = slot.open.slice(-SAVED).map((session) => packSession(session, slot.begun))
  return { b, k: 0, m: slot.matters, o: [], s: open, c: slot.closed }
}

/** `dayOf`: the user's open day that begins then. @returns undefined for what is not of this version */
export function unpackSlot(saved: unknown, dayOf: (from: number) => OpenSpan | undefined): Slot | undefined {
  const parsed = savedTracker.safeParse(saved)
  if (!parsed.success) return undefined
  const { w, s, f, l, u, k, p, x } = parsed.data.b
  const habits = unpack(w)
  if (!habits) return undefined
  const [n, mean, variance] = u
  const open = parsed.data.s.flatMap((session) => {
    const day = dayOf(session.d)
    return day ? [unpackSession(session, day.span)] : []
  })
  return {
    ...newSlot(),
    profile: { ...emptyProfile(), ...habits, sessions: s, first: f, last: l, usual: { n, mean, variance } },
    open,
    closed: parsed.data.c,
    matters: parsed.data.m,
    streak: k,
    before: p,
    ...(x && { peak: x }),
  }
}
