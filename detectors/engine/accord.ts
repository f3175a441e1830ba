import {
  learnDay,
  learnTail,
  noPeak,
  noTail,
  type Peak,
  rarity,
  type Tail,
  tailState,
} from '../baseline/calibration.ts'
import { short } from '../baseline/round.ts'
import type { Span } from './span.ts'
import type { Subject } from './subject.ts'

/**
 * Evidence taken together: several detectors that are each a little surprised about one user, today and on the days
 * before, say more than one of them. What each adds is the surprise beyond one day in ninety, as a fitted tail has it;
 * days before count less with each day. The sum has a fitted tail of its own, so correlated detectors and busy weeks
 * of honest people are priced in. The alert is that of the detector that says most today.
 */
export interface Accord {
  /** A judgement with this rarity (expected windows per user-day); `tell` makes it a finding. */
  weigh(subject: Subject, detector: Weighed, day: Span, p: number, at: number, tell: Teller): void
  /** The user was told of, at `at`: what spoke for it is not carried into the days that follow. */
  told(subject: Subject, at: number): void
  /** A user's day is complete. */
  close(subject: Subject, day: Span): void
  day(): void
  save(subject: Subject): SavedAccord | undefined
  load(subject: Subject, saved: SavedAccord): void
  tail(): Tail
  loadTail(saved: unknown): void
}

/** `lasting`: its surprise holds the days before already, and is not carried over as well. */
export interface Weighed {
  readonly name: string
  /** Of what a busy team does more of. */
  readonly counts?: { readonly excess?: unknown } | undefined
  readonly lasting?: true
}

/** Tells with this rarity and these words about the company it is in; whether it was told. */
/** `firm`: there is more to it than counts of the day, which a busy team may explain. */
export type Teller = (p: number, together: readonly string[], firm: boolean) => void
export type SavedAccord = [
  day: number,
  carry: number,
  today: [string, number][],
  peak: number,
  surprise: number,
  fresh?: number | undefined,
  alerted?: number | undefined,
]

interface State {
  day: number
  to: number
  carry: number
  today: Map<string, number>
  /** Of today, what is carried into tomorrow. */
  fresh: number
  /** ms of the last alert about this user. */
  alerted: number
  tellers: Map<string, Teller>
  /** Those of today that only count. */
  counting: Set<string>
  told: number
  peak: Peak
}

/** −ln of one day in ninety. */
const COMMON = 4.5
const MOST = 12
/** Too common to add anything. */
export const isCommon = (p: number): boolean => -Math.log(p) <= COMMON
const FADE = 0.85
const LENT = 0.9
const PRIOR = { knee: 1, rate: 0.03, mean: 1.2 }
const DAY = 86400e3
const WEEK = 7 * DAY

export interface AccordHost {
  allowance(): number
  warm(at: number): boolean
}

export function createAccord(host: AccordHost): Accord {
  const states: (State | undefined)[] = []
  let tail: Tail = noTail()

  const sum = ({ today }: State) => [...today.values()].reduce((total, excess) => total + excess, 0)
  /** Ends a day of the state: its evidence becomes what is carried. */
  const roll = (state: State, day: Span) => {
    const days = Math.max(1, Math.round((day.from - state.day) / DAY))
    if (state.alerted >= state.day) Object.assign(state, { carry: 0, fresh: 0 })
    state.carry = short((state.carry + state.fresh) * FADE ** days)
    Object.assign(state, { day: day.from, to: day.to, told: 0, fresh: 0 })
    state.today.clear()
    state.tellers.clear()
    state.counting.clear()
  }

  return {
    weigh(subject, detector, day, p, at, tell) {
      const excess = Math.min(MOST, -Math.log(Math.max(p, 1e-9)) - COMMON)
      if (excess <= 0) return
      let state = states[subject.index]
      if (!state) {
        state = {
          day: day.from,
          to: day.to,
          carry: 0,
          fresh: 0,
          alerted: -Infinity,
          today: new Map(),
          tellers: new Map(),
          counting: new Set(),
          told: 0,
          peak: noPeak(),
        }
        states[subject.index] = state
      } else if (day.from > state.day) roll(state, day)
      else if (day.from < state.day) return
      const { name, lasting } = detector
      // A run that holds the days told of says them again.
      if (lasting && at - state.alerted < WEEK && day.from > state.alerted) return
      const known = state.today.get(name) ?? 0
      state.tellers.set(name, tell)
      if (detector.counts?.excess) state.counting.add(name)
      if (excess <= known) return
      if (!lasting) state.fresh = short(state.fresh + excess - known)
      state.today.set(name, short(excess))
      subject.dirty = true
      const total = sum(state) + LENT * state.carry
      if (total < state.told * 1.3 + 0.5 || !host.warm(at)) return
      const together = rarity(tail, PRIOR, total)
      if (together > host.allowance()) return
      const parts = [...state.today].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
      const teller = parts.map(([name]) => state.tellers.get(name)).find((found) => found !== undefined)
      if (!teller) return
      state.told = total
      const words = parts.map(([name, e]) => `${name}: once in ${Math.round(Math.exp(e + COMMON))} days`)
      const before = state.carry > 1
      const firm = before || parts.some(([name]) => !state.counting.has(name))
      teller(together, before ? [...words, 'and the days before'] : words, firm)
    },
    told(subject, at) {
      const state = states[subject.index]
      if (state) state.alerted = Math.max(state.alerted, at)
    },
    close(subject, day) {
      const state = states[subject.index]
      if (!state || state.day !== day.from) return
      state.tellers.clear()
      const total = sum(state) + LENT * state.carry
      if (host.warm(day.to) && rarity(tail, PRIOR, total) > host.allowance() * 0.1)
        learnTail(tail, PRIOR, total, state.peak, day.from)
    },
    day: () => learnDay(tail),
    save(subject) {
      const state = states[subject.index]
      if (!state) return undefined
      const [at, surprise] = state.peak
      return [
        state.day,
        state.carry,
        [...state.today],
        surprise > 0 ? at : 0,
        surprise,
        short(state.fresh),
        Math.max(0, state.alerted),
      ]
    },
    load(subject, [day, carry, today, at, surprise, fresh = 0, alerted = 0]) {
      states[subject.index] = {
        ...{
          day,
          to: day + DAY,
          carry,
          fresh,
          alerted,
          today: new Map(today),
          tellers: new Map(),
          counting: new Set(),
          told: 0,
        },
        peak: surprise > 0 ? [at, surprise] : noPeak(),
      }
    },
    tail: () => tail,
    loadTail(saved) {
      const parsed = tailState.safeParse(saved)
      if (parsed.success) tail = parsed.data
    },
  }
}
