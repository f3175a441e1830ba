import type { Peak } from '../baseline/calibration.ts'
import { periodOf } from '../tuning/calendar.ts'
import {
  type Burst,
  type BurstLimits,
  burstOf,
  type Excess,
  packExcess,
  teamWindow,
  unpackExcess,
} from './burst.ts'
import type { CommonOptions, DetectorSpec, Judgement } from './detector.ts'
import type { Host } from './host.ts'
import type { Vector } from './population.ts'
import type { Scale, Span } from './span.ts'
import type { Subject } from './subject.ts'
import type { Matter, OpenWindow } from './window.ts'

/** What a detector has of one user. */
export interface Slot<O, B, W, E> {
  baseline: B
  /** The baseline as it is counted in the population. */
  vector: Vector
  open: OpenWindow<O, W, E>[]
  matters: Matter[]
  /** Windows that alerted in a row: after some, what alerts every time is learned, slowly. */
  streak: number
  peak: Peak
  /** The last complete day, for the team: see packExcess. */
  past: number | undefined
}

/** Holds a window against what is usual: for the user alone, or as a member of a team that is busy together. */
export class Judge<O extends CommonOptions, B, W, E> {
  readonly #spec: DetectorSpec<O, B, W, E>
  readonly #host: Host
  readonly #slots: readonly (Slot<O, B, W, E> | undefined)[]

  constructor(spec: DetectorSpec<O, B, W, E>, host: Host, slots: readonly (Slot<O, B, W, E> | undefined)[]) {
    this.#spec = spec
    this.#host = host
    this.#slots = slots
  }

  alone(slot: Slot<O, B, W, E>, open: OpenWindow<O, W, E>): Judgement | undefined {
    open.burst = undefined
    return this.#spec.judge(open.expected ?? this.#expected(slot, open), open.state, open.view)
  }

  /** As the window's burst has it, if there is one. */
  inTeam(slot: Slot<O, B, W, E>, open: OpenWindow<O, W, E>): Judgement | undefined {
    return this.#spec.judge(this.usual(slot, open), open.state, open.view)
  }

  usual(slot: Slot<O, B, W, E>, open: OpenWindow<O, W, E>): E {
    const expected = this.#expected(slot, open)
    const { counts } = this.#spec
    return counts && open.burst ? counts.raise(expected, open.burst.level) : expected
  }

  /** How far a complete window is above the usual, as a logarithm. */
  over(slot: Slot<O, B, W, E>, open: OpenWindow<O, W, E>): number {
    return this.#spec.counts?.excess?.(this.#expected(slot, open), open.state, 1).over ?? 0
  }

  /** What the others of the team do in this window; of an hour, in its day as well, which alone counts once it is over. */
  strongest(
    subject: Subject,
    span: Span,
    day: Span,
    at: number,
    over: boolean,
    limits: BurstLimits,
  ): Burst | undefined {
    const whole = this.#burst(subject, 'day', teamWindow(day), at, limits)
    if (span.scale !== 'hour' || over) return whole
    const hour = this.#burst(subject, 'hour', teamWindow(span), at, limits)
    return hour && hour.level > (whole?.level ?? 0) ? hour : whole
  }

  #burst(subject: Subject, scale: Scale, window: number, at: number, limits: BurstLimits): Burst | undefined {
    const others: Excess[] = []
    let known = 0
    for (const member of this.#host.teams.of(subject)) {
      if (member === subject) continue
      this.#host.wake(member)
      const slot = this.#slots[member.index]
      if (!slot || !this.#spec.mature(slot.baseline)) continue
      known++
      const excess = this.#excess(slot, scale, window, at)
      if (excess) others.push(excess)
    }
    // Whoever is at work at all need not be so in this hour.
    return burstOf(others, scale === 'hour' ? 0 : known, limits)
  }

  /** Keeps how a complete window stood, for members whose day ends later. */
  remember(slot: Slot<O, B, W, E>, open: OpenWindow<O, W, E>): void {
    if (open.span.scale !== 'day') return
    const excess = this.#spec.counts?.excess?.(this.#expected(slot, open), open.state, 1)
    if (excess) slot.past = packExcess(teamWindow(open.span), excess)
  }

  #excess(slot: Slot<O, B, W, E>, scale: Scale, window: number, at: number): Excess | undefined {
    const counts = this.#spec.counts
    for (const open of slot.open)
      if (open.span.scale === scale && teamWindow(open.span) === window)
        return counts?.excess?.(this.#expected(slot, open), open.state, this.#host.pace.done(open.span, at))
    return scale === 'day' && slot.past !== undefined ? unpackExcess(slot.past, window) : undefined
  }

  #expected(slot: Slot<O, B, W, E>, open: OpenWindow<O, W, E>): E {
    if (open.expected === undefined) {
      const expected = this.#spec.expect(slot.baseline, open.view)
      const period = this.#spec.counts && periodOf(open.span.marks, this.#spec.name)
      open.expected = period ? this.#spec.counts!.raise(expected, period.factor) : expected
    }
    return open.expected
  }
}
