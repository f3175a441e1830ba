import type { View } from './detector.ts'
import type { Sums, Vector } from './population.ts'
import type { Scale, Span } from './span.ts'

/** What a tracker lets its detector see. */
export interface Lens {
  alarm(scale: Scale): number
  peers(group: string, own: Vector): Sums
  everyone(own: Vector): Sums
}

/** A class because one is made for every window: its methods are shared. */
export class TrackerView<O> implements View<O> {
  readonly options: O
  readonly span: Span
  readonly facet: string
  final = false
  readonly #lens: Lens
  readonly group: string
  readonly own: Vector

  constructor(lens: Lens, options: O, span: Span, facet: string, group: string, own: Vector) {
    this.options = options
    this.span = span
    this.facet = facet
    this.#lens = lens
    this.group = group
    this.own = own
  }

  alarm(): number {
    return this.#lens.alarm(this.span.scale)
  }

  peers(): Sums {
    return this.#lens.peers(this.group, this.own)
  }

  everyone(): Sums {
    return this.#lens.everyone(this.own)
  }
}
