import { learnDay, noTail, type Tail, tailState } from '../baseline/calibration.ts'
import type { Scale } from './span.ts'

/** A detector's tails, one a scale: how far beyond the usual honest windows go. */
export class TailBook {
  readonly #scales: readonly Scale[]
  readonly #tails: Map<Scale, Tail>

  constructor(scales: readonly Scale[]) {
    this.#scales = scales
    this.#tails = new Map(scales.map((scale) => [scale, noTail()]))
  }

  of(scale: Scale): Tail {
    let tail = this.#tails.get(scale)
    if (!tail) {
      tail = noTail()
      this.#tails.set(scale, tail)
    }
    return tail
  }

  /** A user-day has begun. */
  day(): void {
    for (const tail of this.#tails.values()) learnDay(tail)
  }

  save(): Readonly<Record<string, Tail>> {
    return Object.fromEntries(this.#tails)
  }

  /** What is not of this version starts anew. */
  load(saved: unknown): void {
    const known = new Map(Object.entries(saved ?? {}))
    for (const scale of this.#scales) {
      const tail = tailState.safeParse(known.get(scale))
      if (tail.success) this.#tails.set(scale, tail.data)
    }
  }
}
