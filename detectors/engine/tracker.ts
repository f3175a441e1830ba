import { learnTail, noPeak, type Peak, rarity, surpriseOf, type Tail } from '../baseline/calibration.ts'
import type { Setting, Tuned } from '../tuning/tuned.ts'
import { isCommon } from './accord.ts'
import type { CommonOptions, DetectorSpec, Judgement } from './detector.ts'
import { type Facts, SIGNS } from './facts.ts'
import { buildFinding, severityOf, tellAs } from './findings.ts'
import { type Host, type Report, type Spans, scoreRow, type Tracker } from './host.ts'
import { createPopulation, type Population, type Vector } from './population.ts'
import { packedTracker, packWindow, type SavedTracker } from './saved.ts'
import type { Scale, Span } from './span.ts'
import type { Subject } from './subject.ts'
import { TailBook } from './tails.ts'
import { type Lens, TrackerView } from './view.ts'
import { covers, GOES_ON, type Matter, newWindow, note, type OpenWindow } from './window.ts'

interface Slot<O, B, W, E> {
  baseline: B
  /** The baseline as it is counted in the population. */
  vector: Vector
  open: OpenWindow<O, W, E>[]
  matters: Matter[]
  /** Windows that alerted in a row: after some, what alerts every time is learned, slowly. */
  streak: number
  peak: Peak
}

const PATIENCE = 4
/** Rarer than the allowance by this factor is no tail of honest work. */
const FAR = 0.1
const NOTHING: Vector = []
const WHOLE: readonly string[] = ['']

export class DetectorTracker<O extends CommonOptions, B, W, E> implements Tracker {
  readonly name: string
  readonly scales: readonly Scale[]
  readonly reviewers: boolean
  readonly signs: number | undefined
  readonly #spec: DetectorSpec<O, B, W, E>
  readonly #tuned: Tuned<O>
  readonly #host: Host
  readonly #share: number
  readonly #slots: (Slot<O, B, W, E> | undefined)[] = []
  readonly #population: Population
  readonly #tails: TailBook
  readonly #lens: Lens
  /** An empty window, until an event is taken into it. */
  #spare: W

  constructor(spec: DetectorSpec<O, B, W, E>, tuned: Tuned<O>, host: Host) {
    const { windows, share = spec.share } = tuned.base.options
    this.name = spec.name
    this.reviewers = spec.reviewers ?? false
    this.signs = spec.signs?.reduce((bits, sign) => bits | SIGNS[sign], 0)
    this.scales = windows ? spec.scales.filter((scale) => windows.includes(scale)) : spec.scales
    this.#spec = spec
    this.#tuned = tuned
    this.#host = host
    // Those that need no statistics have no part in the budget, whatever config says.
    this.#share = spec.share && share
    this.#population = createPopulation(spec.width)
    this.#tails = new TailBook(spec.scales)
    this.#spare = spec.open()
    this.#lens = {
      alarm: (scale) =>
        surpriseOf(this.#tails.of(scale), spec.tail, host.allowance(this.#share) / this.scales.length),
      peers: (group, own) => this.#population.peers(group, own),
      everyone: (own) => this.#population.everyone(own),
    }
  }

  push(subject: Subject, facts: Facts, spans: Spans, report: Report): void {
    const spec = this.#spec
    if (spec.concerns && !spec.concerns(facts)) return
    const setting = this.#tuned.of(subject)
    const { options } = setting
    if (!options.enabled || setting.allows?.(facts, subject)) return
    const slot = this.#slots[subject.index]
    for (const facet of spec.facets ? spec.facets(facts) : WHOLE)
      for (const scale of this.scales) {
        const span = spans[scale]
        const known = slot && find(slot.open, span, facet)
        const taken = spec.observe(known?.state ?? this.#spare, facts, options, spans.day)
        if (!taken) continue
        const home = this.#slots[subject.index] ?? this.#newSlot(subject)
        const open = known ?? this.#newWindow(subject, home, span, facet, this.#spare)
        if (!known) {
          home.open.push(open)
          this.#spare = spec.open()
        }
        if (taken === 'kept') continue
        note(open, facts)
        const judged = this.#judge(home, open)
        if (!judged) continue
        if (this.#alarming(judged, open, facts.at))
          this.#tell(subject, home, open, judged, facts.at, spans.day, report)
        this.#weigh(subject, home, open, judged, facts.at, spans.day, report)
      }
  }

  close(subject: Subject, span: Span, late: boolean, report: Report): void {
    const slot = this.#slots[subject.index]
    if (!slot) return
    if (slot.open.some((open) => open.span === span)) {
      const spec = this.#spec
      const closing = slot.open.filter((open) => open.span === span)
      slot.open = slot.open.filter((open) => open.span !== span)
      for (const open of closing) this.#finish(subject, slot, open, late, report)
      const before = slot.vector
      slot.vector = spec.vector(slot.baseline)
      this.#population.move(subject.group, before, slot.vector)
    }
    if (slot.matters.length && span.scale !== 'hour')
      slot.matters = slot.matters.filter((matter) => matter.until > span.to)
  }

  day(): void {
    this.#tails.day()
  }

  regroup(subject: Subject, before: string, moved: boolean): void {
    const slot = this.#slots[subject.index]
    if (!slot) return
    this.#population.move(before, slot.vector, NOTHING)
    // Another role is other work: the past says less, the new peers more.
    if (moved) this.#spec.renew?.(slot.baseline)
    slot.vector = this.#spec.vector(slot.baseline)
    this.#population.move(subject.group, NOTHING, slot.vector)
  }

  save(subject: Subject): SavedTracker | undefined {
    const slot = this.#slots[subject.index]
    if (!slot) return undefined
    const { baseline: b, streak: k, matters: m, peak } = slot
    return { b, k, m, o: slot.open.map(packWindow), ...(peak[1] > 0 && { p: peak }) }
  }

  load(subject: Subject, saved: unknown): string | undefined {
    const outer = packedTracker.safeParse(saved)
    if (!outer.success) return `${this.name}: not a baseline of this version`
    const baseline = this.#spec.baseline.safeParse(outer.data.b)
    if (!baseline.success) return `${this.name}: not a baseline of this version`
    const { k: streak, m: matters, p: peak = noPeak() } = outer.data
    const vector = this.#spec.vector(baseline.data)
    const slot: Slot<O, B, W, E> = { baseline: baseline.data, vector, open: [], matters, streak, peak }
    for (const packed of outer.data.o) {
      const state = this.#spec.window.safeParse(packed.w)
      const span = subject.spans.find((open) => open.span.scale === packed.s && open.span.from === packed.f)
      if (!state.success || !span) continue
      const { n: sessions, e: events, c: collections, r: fired } = packed
      const open = this.#newWindow(subject, slot, span.span, packed.x, state.data)
      slot.open.push(Object.assign(open, { sessions, events, collections, fired }))
    }
    this.#slots[subject.index] = slot
    this.#population.move(subject.group, NOTHING, vector)
    return undefined
  }

  tails(): Readonly<Record<string, Tail>> {
    return this.#tails.save()
  }

  loadTails(saved: unknown): void {
    this.#tails.load(saved)
  }

  #finish(
    subject: Subject,
    slot: Slot<O, B, W, E>,
    open: OpenWindow<O, W, E>,
    late: boolean,
    report: Report,
  ) {
    const spec = this.#spec
    const { span, view } = open
    view.final = true
    const judged = this.#judge(slot, open)
    if (judged) {
      const tail = this.#tails.of(span.scale)
      if (open.fired || this.#alarming(judged, open, span.to))
        this.#tell(subject, slot, open, judged, span.to - 1, span, report)
      if (span.scale === 'day' && !late) this.#weigh(subject, slot, open, judged, span.to - 1, span, report)
      if (report.score) {
        const p = rarity(tail, spec.tail, judged.surprise)
        report.score(scoreRow(this.name, subject.id, span, p, judged.surprise))
      }
      // Near alerts teach the tail as well: thresholds follow what really happens, not what was hoped. What lies far
      // beyond them is another matter, and must not stretch it.
      const absurd = this.#host.allowance(this.#share) * FAR
      if (!late && !judged.quiet && rarity(tail, spec.tail, judged.surprise) > absurd)
        learnTail(tail, spec.tail, judged.surprise, slot.peak, span.from)
    }
    const alerted = open.fired || slot.matters.some((matter) => covers(matter, open))
    if (span.scale !== 'hour') slot.streak = alerted ? slot.streak + 1 : 0
    if (late) return
    if (alerted) spec.told?.(slot.baseline, open.state, this.#expected(slot, open), view)
    const quarantined = alerted && slot.streak <= PATIENCE && spec.mature(slot.baseline)
    if (quarantined && !this.#host.forgives(subject.id, this.name)) return
    spec.learn(slot.baseline, open.state, this.#expected(slot, open), view)
  }

  #judge(slot: Slot<O, B, W, E>, open: OpenWindow<O, W, E>): Judgement | undefined {
    return this.#spec.judge(this.#expected(slot, open), open.state, open.view)
  }

  #expected(slot: Slot<O, B, W, E>, open: OpenWindow<O, W, E>): E {
    open.expected ??= this.#spec.expect(slot.baseline, open.view)
    return open.expected
  }

  #weigh(
    subject: Subject,
    slot: Slot<O, B, W, E>,
    open: OpenWindow<O, W, E>,
    judged: Judgement,
    at: number,
    day: Span,
    report: Report,
  ) {
    if (!report.weigh || judged.quiet || this.#tuned.of(subject).options.shadow) return
    const p = rarity(this.#tails.of(open.span.scale), this.#spec.tail, judged.surprise)
    if (isCommon(p)) return
    report.weigh(subject, this.#spec, day, p, at, (together, words) =>
      this.#tell(subject, slot, open, judged, at, day, report, { p: together, words }),
    )
  }

  #alarming(judged: Judgement, open: OpenWindow<O, W, E>, at: number): boolean {
    if (judged.quiet) return false
    return judged.certain === true || (this.#host.warm(at) && judged.surprise >= open.view.alarm())
  }

  #tell(
    subject: Subject,
    slot: Slot<O, B, W, E>,
    open: OpenWindow<O, W, E>,
    judged: Judgement,
    at: number,
    day: Span,
    report: Report,
    together?: { p: number; words: readonly string[] },
  ) {
    const spec = this.#spec
    const { options, config }: Setting<O> = this.#tuned.of(subject)
    const { view, span, facet } = open
    const known =
      slot.matters.find((matter) => covers(matter, open)) ??
      (judged.certain ? undefined : slot.matters.find((m) => m.facet === facet && day.from < m.until))
    open.fired = true
    if (known && !open.fresh && !together) return
    const grade = (surprise: number) => -Math.log(rarity(this.#tails.of(span.scale), spec.tail, surprise))
    const more = known === undefined || grade(judged.surprise) >= grade(known.surprise) * 1.1 + 1
    if (!more && !(view.final && span.scale !== 'hour')) return
    const told = spec.explain(this.#expected(slot, open), open.state, slot.baseline, view)
    const explanation = together ? { ...told, extra: { ...told.extra, together: together.words } } : told
    const steps = (explanation.weight ?? 0) + (open.collections.some(this.#host.critical) ? 1 : 0)
    const matter: Matter = known ?? {
      ...{
        from: day.from,
        to: day.to,
        until: day.from + GOES_ON,
        scale: span.scale,
        start: span.from,
        facet,
      },
      ...{ at, surprise: 0, revision: 0, severity: 0 },
    }
    if (!known) slot.matters.push(matter)
    matter.surprise = Math.max(matter.surprise, judged.surprise)
    matter.severity = Math.max(matter.severity, severityOf(options.severity ?? spec.severity, steps))
    matter.revision++
    open.fresh = false
    const alone = rarity(this.#tails.of(span.scale), spec.tail, matter.surprise)
    const p = Math.min(alone, together?.p ?? 1)
    const certain = judged.certain === true
    const finding = buildFinding({ detector: spec, subject, open, matter, explanation, p, config, certain })
    tellAs(options, finding, at, subject, report)
  }

  #newSlot(subject: Subject): Slot<O, B, W, E> {
    const baseline = this.#spec.empty()
    const slot: Slot<O, B, W, E> = {
      baseline,
      vector: NOTHING,
      open: [],
      matters: [],
      streak: 0,
      peak: noPeak(),
    }
    this.#slots[subject.index] = slot
    return slot
  }

  #newWindow(
    subject: Subject,
    slot: Slot<O, B, W, E>,
    span: Span,
    facet: string,
    state: W,
  ): OpenWindow<O, W, E> {
    const view = new TrackerView(
      this.#lens,
      this.#tuned.of(subject).options,
      span,
      facet,
      subject.group,
      slot.vector,
    )
    return newWindow(state, view)
  }
}

function find<O, W, E>(windows: readonly OpenWindow<O, W, E>[], span: Span, facet: string) {
  for (const open of windows) if (open.span === span && open.facet === facet) return open
  return undefined
}
