import { rarity } from '../baseline/calibration.ts'
import type { Setting, Tuned } from '../tuning/tuned.ts'
import { isCommon } from './accord.ts'
import { inWords } from './burst.ts'
import type { CommonOptions, DetectorSpec, Judgement } from './detector.ts'
import { buildFinding, markedWith, severityOf, tellAs } from './findings.ts'
import type { Host, Report } from './host.ts'
import type { Judge, Slot } from './judge.ts'
import type { Span } from './span.ts'
import type { Subject } from './subject.ts'
import type { TailBook } from './tails.ts'
import { covers, find, GOES_ON, type Matter, type OpenWindow } from './window.ts'

/** A window of somebody at the moment at which it is judged. */
export interface Moment<O, B, W, E> {
  subject: Subject
  slot: Slot<O, B, W, E>
  open: OpenWindow<O, W, E>
  /** ms, event time. */
  at: number
  /** The day whose matter it is. */
  day: Span
  report: Report
}

/** What others say of the same user. */
interface Company {
  p: number
  words: readonly string[]
  /** More than counts of the day. */
  firm: boolean
}

/** What a detector is made of, for those who judge and tell. */
export interface Works<O extends CommonOptions, B, W, E> {
  spec: DetectorSpec<O, B, W, E>
  tuned: Tuned<O>
  host: Host
  tails: TailBook
  slots: readonly (Slot<O, B, W, E> | undefined)[]
  judge: Judge<O, B, W, E>
}

/** Makes findings of judgements: one a matter, revised as its evidence grows. */
export class Telling<O extends CommonOptions, B, W, E> {
  readonly #works: Works<O, B, W, E>

  constructor(works: Works<O, B, W, E>) {
    this.#works = works
  }

  alarming(judged: Judgement, open: OpenWindow<O, W, E>, at: number): boolean {
    if (judged.quiet) return false
    return judged.certain === true || (this.#works.host.warm(at) && judged.surprise >= open.view.alarm())
  }

  /** How rare such a surprise is, as windows of this scale go. */
  rarity({ span }: OpenWindow<O, W, E>, surprise: number): number {
    return rarity(this.#works.tails.of(span.scale), this.#works.spec.tail, surprise)
  }

  /** Lends the judgement to what several detectors say together. */
  weigh(moment: Moment<O, B, W, E>, judged: Judgement): void {
    const { spec, tuned } = this.#works
    const { subject, open, at, day, report } = moment
    const { slots } = this.#works
    if (!report.weigh || judged.quiet || tuned.of(subject).options.shadow) return
    const p = this.rarity(open, judged.surprise)
    if (isCommon(p)) return
    // It may be told hours later, when the user has rested and was woken: of the slot and window as they are then.
    report.weigh(subject, spec, day, p, at, (together, words, firm) => {
      const slot = slots[subject.index]
      if (!slot) return
      const here = find(slot.open, open.span, open.facet) ?? open
      this.tell({ subject, slot, open: here, at, day, report }, judged, { p: together, words, firm })
    })
  }

  tell(moment: Moment<O, B, W, E>, judged: Judgement, together?: Company): void {
    const { slot, open, at, day } = moment
    const { view, span, facet } = open
    const known =
      slot.matters.find((matter) => covers(matter, open)) ??
      (judged.certain
        ? undefined
        : slot.matters.find((m) => m.facet === facet && !m.burst && day.from < m.until))
    open.fired = true
    if (known && !open.fresh && !together) return
    const outgrown = known?.burst !== undefined
    const grade = (surprise: number) => -Math.log(this.rarity(open, surprise))
    const more = known === undefined || outgrown || grade(judged.surprise) >= grade(known.surprise) * 1.1 + 1
    if (!more && !(view.final && span.scale !== 'hour')) return
    const matter = known ?? begun(open, day, at)
    if (!known) slot.matters.push(matter)
    if (outgrown) matter.burst = undefined
    if (together?.firm) matter.joint = true
    matter.surprise = Math.max(matter.surprise, judged.surprise)
    if (open.burst) {
      const { subject, report } = moment
      const said = { subject, detector: this.#works.spec.name, day, burst: open.burst, at, report }
      this.#works.host.bursts()?.standsOut(said)
    }
    this.write(moment, matter, judged, together)
  }

  /** The next revision of a matter. */
  write(moment: Moment<O, B, W, E>, matter: Matter, judged: Judgement, together?: Company): void {
    const { spec, tuned, host, judge } = this.#works
    const { subject, slot, open, at, report } = moment
    const { options, config }: Setting<O> = tuned.of(subject)
    const { burst, span, view } = open
    const told = spec.explain(judge.usual(slot, open), open.state, slot.baseline, view)
    const explanation = {
      ...told,
      extra: {
        ...told.extra,
        ...(together && { together: together.words }),
        ...(burst && { burst: inWords(burst) }),
        ...markedWith(span, spec.name),
      },
    }
    const steps = (explanation.weight ?? 0) + (open.collections.some(host.critical) ? 1 : 0)
    if (matter.burst === undefined)
      matter.severity = Math.max(matter.severity, severityOf(options.severity ?? spec.severity, steps))
    matter.revision++
    open.fresh = false
    const p = Math.min(this.rarity(open, matter.surprise), together?.p ?? 1)
    const certain = judged.certain === true
    const finding = buildFinding({ detector: spec, subject, open, matter, explanation, p, config, certain })
    tellAs(options, finding, at, subject, report)
  }
}

const begun = <O, W, E>({ span, facet }: OpenWindow<O, W, E>, { from, to }: Span, at: number): Matter => ({
  ...{ from, to, until: from + GOES_ON, scale: span.scale, start: span.from, facet },
  ...{ at, surprise: 0, revision: 0, severity: 0 },
})
