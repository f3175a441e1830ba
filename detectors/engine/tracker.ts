import {
  learnDay,
  learnTail,
  noPeak,
  noTail,
  type Peak,
  rarity,
  surpriseOf,
  type Tail,
  tailState,
} from '../baseline/calibration.ts'
import type { Finding } from '../finding.ts'
import type { Setting, Tuned } from '../tuning/tuned.ts'
import { isCommon, type Teller, type Weighed } from './accord.ts'
import type { CommonOptions, DetectorSpec, Judgement } from './detector.ts'
import type { Facts } from './facts.ts'
import { buildFinding, severityOf, tellAs } from './findings.ts'
import { createPopulation, type Population, type Vector } from './population.ts'
import { packedTracker, packWindow, type SavedTracker } from './saved.ts'
import type { Scale, Span } from './span.ts'
import type { Subject } from './subject.ts'
import { type Lens, TrackerView } from './view.ts'
import { covers, GOES_ON, type Matter, newWindow, note, type OpenWindow } from './window.ts'

/** One detector at work: its baselines and open windows of every user. */
export interface Tracker {
  readonly name: string
  readonly scales: readonly Scale[]
  /** Whether it judges reviewers. */
  readonly reviewers?: boolean
  /** Takes an event into its windows and judges them. `spans` holds the span of each scale. */
  push(subject: Subject, facts: Facts, spans: Spans, report: Report): void
  /** Judges a complete window a last time, and learns it. */
  close(subject: Subject, span: Span, late: boolean, report: Report): void
  /** A user-day has begun. */
  day(): void
  /** The subject now belongs to another group; `moved`: having belonged to one before. */
  regroup(subject: Subject, before: string, moved: boolean): void
  save(subject: Subject): object | undefined
  /** @returns what is wrong with what was saved, if anything; the baseline then starts anew. */
  load(subject: Subject, saved: unknown): string | undefined
  tails(): Readonly<Record<string, unknown>>
  loadTails(saved: unknown): void
}

export type Spans = Readonly<Record<Scale, Span>>

export interface Report {
  finding(finding: Finding): void
  /** What a detector in shadow found. */
  shadow?(finding: Finding): void
  /** How rare a judgement is: what several detectors say together may suffice where one does not. */
  weigh?(subject: Subject, detector: Weighed, day: Span, p: number, at: number, tell: Teller): void
  score?(row: ScoreRow): void
}

/** Every judgement, alert or not. */
export interface ScoreRow {
  detector: string
  user: string
  /** Of detectors that judge days or hours. */
  window?: { from: string; to: string }
  /** Of detectors that judge sessions: one row each. */
  session?: string
  score: number
  p: number
}

/** What the engine lends its trackers. */
export interface Host {
  /** False alerts a user-day that a detector with this share may make. */
  allowance(share: number): number
  /** Enough was seen, at this event time, for statistics to alert. */
  warm(at: number): boolean
  critical(collection: string): boolean
  /** A verdict says that what this detector finds about this user is usual. */
  forgives(user: string, detector: string): boolean
}

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
  readonly #spec: DetectorSpec<O, B, W, E>
  readonly #tuned: Tuned<O>
  readonly #host: Host
  readonly #share: number
  readonly #slots: (Slot<O, B, W, E> | undefined)[] = []
  readonly #population: Population
  readonly #tails: Map<Scale, Tail>
  readonly #lens: Lens
  /** An empty window, until an event is taken into it. */
  #spare: W

  constructor(spec: DetectorSpec<O, B, W, E>, tuned: Tuned<O>, host: Host) {
    const { windows, share = spec.share } = tuned.base.options
    this.name = spec.name
    this.reviewers = spec.reviewers ?? false
    this.scales = windows ? spec.scales.filter((scale) => windows.includes(scale)) : spec.scales
    this.#spec = spec
    this.#tuned = tuned
    this.#host = host
    // Those that need no statistics have no part in the budget, whatever config says.
    this.#share = spec.share && share
    this.#population = createPopulation(spec.width)
    this.#tails = new Map(spec.scales.map((scale) => [scale, noTail()]))
    this.#spare = spec.open()
    this.#lens = {
      alarm: (scale) =>
        surpriseOf(this.#tail(scale), spec.tail, host.allowance(this.#share) / this.scales.length),
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
    for (const tail of this.#tails.values()) learnDay(tail)
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
    return Object.fromEntries(this.#tails)
  }

  loadTails(saved: unknown): void {
    const known = new Map(Object.entries(saved ?? {}))
    for (const scale of this.scales) {
      const tail = tailState.safeParse(known.get(scale))
      if (tail.success) this.#tails.set(scale, tail.data)
    }
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
      const tail = this.#tail(span.scale)
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
    const p = rarity(this.#tail(open.span.scale), this.#spec.tail, judged.surprise)
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
    const more = known === undefined || judged.surprise >= known.surprise * 1.5 + 2
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
    const alone = rarity(this.#tail(span.scale), spec.tail, matter.surprise)
    const p = Math.min(alone, together?.p ?? 1)
    const certain = judged.certain === true
    const finding = buildFinding({ detector: spec, subject, open, matter, explanation, p, config, certain })
    tellAs(options, finding, at, subject, report)
  }

  #tail(scale: Scale): Tail {
    let tail = this.#tails.get(scale)
    if (!tail) {
      tail = noTail()
      this.#tails.set(scale, tail)
    }
    return tail
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

function scoreRow(detector: string, user: string, span: Span, p: number, surprise: number): ScoreRow {
  const window = { from: new Date(span.from).toISOString(), to: new Date(span.to).toISOString() }
  return { detector, user, window, score: Number(surprise.toFixed(4)), p: Number(p.toPrecision(4)) }
}
