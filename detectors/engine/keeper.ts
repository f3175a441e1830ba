import { noPeak } from '../baseline/calibration.ts'
import type { Tuned } from '../tuning/tuned.ts'
import type { CommonOptions, DetectorSpec } from './detector.ts'
import type { Slot } from './judge.ts'
import type { Vector } from './population.ts'
import { packedTracker, packWindow, type SavedTracker } from './saved.ts'
import type { Span } from './span.ts'
import type { Subject } from './subject.ts'
import { type Lens, TrackerView } from './view.ts'
import { newWindow, type OpenWindow } from './window.ts'

/** A slot as plain data. */
export type HeldSlot<O, B, W, E> = Omit<Slot<O, B, W, E>, 'open'> & {
  open: (Omit<OpenWindow<O, W, E>, 'view' | 'span'> &
    Pick<Span, 'scale' | 'from' | 'to'> &
    Pick<TrackerView<O>, 'group' | 'own'>)[]
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
    const open = slot.open.map(({ view, span: { scale, from, to }, ...window }) => ({
      ...window,
      ...{ scale, from, to, group: view.group, own: view.own },
    }))
    return { ...slot, open }
  }

  hold(subject: Subject, held: HeldSlot<O, B, W, E> | undefined): void {
    if (!held) {
      this.#slots[subject.index] = undefined
      return
    }
    const { options } = this.#tuned.of(subject)
    const open = held.open.flatMap(({ scale, from, to, group, own, ...window }) => {
      const place = subject.spans.find(
        ({ span }) => span.scale === scale && span.from === from && span.to === to,
      )
      if (!place) return []
      const { span } = place
      return [{ ...window, span, view: new TrackerView(this.#lens, options, span, window.facet, group, own) }]
    })
    this.#slots[subject.index] = { ...held, open }
  }
}
