import { noPeak } from '../baseline/calibration.ts'
import type { Tuned } from '../tuning/tuned.ts'
import type { CommonOptions, DetectorSpec } from './detector.ts'
import type { Slot } from './judge.ts'
import type { Vector } from './population.ts'
import { packedTracker, packWindow, type SavedTracker } from './saved.ts'
import type { Span } from './span.ts'
import type { Subject } from './subject.ts'
import { type Lens, TrackerView } from './view.ts'
import { newWindow, type OpenWindow, sameWindow } from './window.ts'

/** A slot as plain data; its vector follows from the baseline. */
export type HeldSlot<O, B, W, E> = Omit<Slot<O, B, W, E>, 'open' | 'vector'> & {
  open: HeldWindow<O, W, E>[]
}
type HeldWindow<O, W, E> = Omit<OpenWindow<O, W, E>, 'view' | 'span'> &
  Pick<Span, 'scale' | 'from' | 'to'> &
  Pick<TrackerView<O>, 'group'> & {
    /** Where it is another than the slot's now. */
    own: Vector | undefined
  }

const NOTHING: Vector = []

/** What a detector has of its users: begun, saved for a restart, packed while nothing comes of somebody. */
export class Keeper<O extends CommonOptions, B, W, E> {
  readonly #spec: DetectorSpec<O, B, W, E>
  readonly #tuned: Tuned<O>
  readonly #lens: Lens
  readonly #slots: (Slot<O, B, W, E> | undefined)[]

  constructor(
    spec: DetectorSpec<O, B, W, E>,
    tuned: Tuned<O>,
    lens: Lens,
    slots: (Slot<O, B, W, E> | undefined)[],
  ) {
    this.#spec = spec
    this.#tuned = tuned
    this.#lens = lens
    this.#slots = slots
  }

  begin(subject: Subject): Slot<O, B, W, E> {
    const slot: Slot<O, B, W, E> = {
      baseline: this.#spec.empty(),
      vector: NOTHING,
      open: [],
      matters: [],
      streak: 0,
      peak: noPeak(),
      past: undefined,
    }
    this.#slots[subject.index] = slot
    return slot
  }

  window(subject: Subject, slot: Slot<O, B, W, E>, span: Span, facet: string, state: W): OpenWindow<O, W, E> {
    const { options } = this.#tuned.of(subject)
    return newWindow(state, new TrackerView(this.#lens, options, span, facet, subject.group, slot.vector))
  }

  save(subject: Subject): SavedTracker | undefined {
    const slot = this.#slots[subject.index]
    if (!slot) return undefined
    const { baseline: b, streak: k, matters: m, peak, past } = slot
    const o = slot.open.map(packWindow)
    return { b, k, m, o, ...(peak[1] > 0 && { p: peak }), ...(past !== undefined && { t: past }) }
  }

  load(subject: Subject, saved: unknown): string | undefined {
    const outer = packedTracker.safeParse(saved)
    if (!outer.success) return `${this.#spec.name}: not a baseline of this version`
    const baseline = this.#spec.baseline.safeParse(outer.data.b)
    if (!baseline.success) return `${this.#spec.name}: not a baseline of this version`
    const { k: streak, m: matters, p: peak = noPeak(), t: past } = outer.data
    const vector = this.#spec.vector(baseline.data)
    const slot: Slot<O, B, W, E> = { baseline: baseline.data, vector, open: [], matters, streak, peak, past }
    for (const packed of outer.data.o) {
      const state = this.#spec.window.safeParse(packed.w)
      const span = subject.spans.find((open) => open.span.scale === packed.s && open.span.from === packed.f)
      if (!state.success || !span) continue
      const { n: sessions, e: events, c: collections, r: fired } = packed
      const open = this.window(subject, slot, span.span, packed.x, state.data)
      slot.open.push(Object.assign(open, { sessions, events, collections, fired }))
    }
    this.#slots[subject.index] = slot
    return undefined
  }

  held(subject: Subject): HeldSlot<O, B, W, E> | undefined {
    const slot = this.#slots[subject.index]
    if (!slot) return undefined
    const { baseline, matters, streak, peak, past, vector } = slot
    return { baseline, open: slot.open.map((open) => heldWindow(open, vector)), matters, streak, peak, past }
  }

  hold(subject: Subject, held: HeldSlot<O, B, W, E> | undefined): void {
    if (!held) {
      this.#slots[subject.index] = undefined
      return
    }
    const { options } = this.#tuned.of(subject)
    const { baseline, matters, streak, peak, past } = held
    const vector = this.#spec.vector(baseline)
    const slot: Slot<O, B, W, E> = { baseline, vector, open: [], matters, streak, peak, past }
    for (const one of held.open) {
      const { facet, group, own = vector } = one
      const span = spanOf(subject, one)
      if (span) slot.open.push(sameWindow(one, new TrackerView(this.#lens, options, span, facet, group, own)))
    }
    this.#slots[subject.index] = slot
  }
}

function spanOf({ spans }: Subject, { scale, from, to }: Pick<Span, 'scale' | 'from' | 'to'>) {
  for (const { span } of spans) if (span.scale === scale && span.from === from && span.to === to) return span
  return undefined
}

function heldWindow<O, W, E>(open: OpenWindow<O, W, E>, vector: Vector): HeldWindow<O, W, E> {
  const { span, view } = open
  return {
    scale: span.scale,
    from: span.from,
    to: span.to,
    group: view.group,
    own: view.own === vector ? undefined : view.own,
    facet: open.facet,
    state: open.state,
    expected: open.expected,
    sessions: open.sessions,
    events: open.events,
    collections: open.collections,
    fired: open.fired,
    fresh: open.fresh,
    burst: open.burst,
  }
}
