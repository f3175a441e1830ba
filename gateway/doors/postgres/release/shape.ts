import type { KeyObject } from 'node:crypto'
import { type CellMasker, createCellMasker } from '../../../masking/cells.ts'
import type { MaskPlan } from '../../../masking/masker.ts'
import type { Decision } from '../../../policy/facts.ts'
import type { Snapshot } from '../../../policy/policy.ts'
import type { RowField } from '../backend/control.ts'
import type { ResultPlan, Source, Treatment } from '../statement/plan.ts'
import { type Cell, cellOf } from './cells.ts'

/** What the cells of an answer showed and hid, by names of masking fields and rules. */
export interface Seen {
  readonly masked: Set<string>
  readonly displayed: Set<string>
  readonly sensitive: Set<string>
  readonly highRisk: Set<string>
}

export const nothingSeen = (): Seen => ({
  masked: new Set(),
  displayed: new Set(),
  sensitive: new Set(),
  highRisk: new Set(),
})

/** Maskers of one client, whose statements run one after the other; plans are shared, their scratch memory is not. */
export type Maskers = WeakMap<MaskPlan, CellMasker>

export interface Masking {
  decision: Decision
  snapshot: Snapshot
  pseudonym: KeyObject
  maskers: Maskers
}

/** How the rows of one answer are treated: made once a statement and decision, used for every row. */
export class RowShape {
  readonly fields: readonly RowField[]
  readonly cells: readonly (Cell | undefined)[]
  readonly isId: readonly boolean[]
  readonly isTime: readonly boolean[]
  /** Whether a row shows content, and so counts. */
  readonly content: boolean
  readonly sizes = { wire: 0, csv: 0 }
  readonly #maskers = new Set<CellMasker>()
  readonly #masked = new Set<string>()
  readonly #shown = new Set<string>()
  readonly #highRisk: ReadonlySet<string>

  constructor(
    fields: readonly RowField[],
    treatments: readonly Treatment[],
    result: ResultPlan | undefined,
    under: Masking,
  ) {
    const { decision, snapshot, pseudonym, maskers } = under
    this.fields = fields
    this.isId = fields.map((_, i) => result?.traceIds?.includes(i) ?? false)
    this.isTime = fields.map((_, i) => result?.times?.includes(i) ?? false)
    this.content = result?.content === true && !decision.obligations.hideContent
    const revealed = new Set(decision.obligations.reveal)
    this.#highRisk = new Set(
      snapshot.config.masking.fields.filter((field) => field.high_risk).map((field) => field.name),
    )
    const masker = (source: Source) => {
      const plan = snapshot.plan(source.shape, decision, pseudonym)
      const made = maskers.get(plan) ?? createCellMasker(plan)
      maskers.set(plan, made)
      this.#maskers.add(made)
      return made
    }
    this.cells = fields.map((field, i) =>
      cellOf(treatments[i]!, field, {
        masker,
        revealed,
        hidden: (name) => this.#masked.add(name),
        shown: (name) => this.#shown.add(name),
      }),
    )
  }

  /** Adds what was seen since the last time. */
  collect(into: Seen): void {
    for (const masker of this.#maskers) {
      const { observed } = masker
      join(into.masked, observed.masked)
      join(into.displayed, observed.displayed)
      join(into.sensitive, observed.sensitive)
      join(into.highRisk, observed.highRisk)
      masker.reset()
    }
    join(into.masked, this.#masked)
    for (const name of this.#shown) {
      into.displayed.add(name)
      into.sensitive.add(name)
      if (this.#highRisk.has(name)) into.highRisk.add(name)
    }
    this.#masked.clear()
    this.#shown.clear()
  }

  /** Forgets what an answer that was given up left behind. */
  reset(): void {
    for (const masker of this.#maskers) masker.reset()
    this.#masked.clear()
    this.#shown.clear()
  }
}

function join(into: Set<string>, from: ReadonlySet<string>): void {
  if (from.size > 0) for (const name of from) into.add(name)
}
