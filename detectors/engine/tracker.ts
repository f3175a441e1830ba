import { learnTail, noPeak, rarity, surpriseOf, type Tail } from '../baseline/calibration.ts'
import { periodOf } from '../tuning/calendar.ts'
import type { Setting, Tuned } from '../tuning/tuned.ts'
import { isCommon } from './accord.ts'
import { dateOf, dayOf, inWords, teamWindow } from './burst.ts'
import type { CommonOptions, DetectorSpec, Judgement } from './detector.ts'
import { type Facts, SIGNS } from './facts.ts'
import { buildFinding, markedWith, severityOf, tellAs } from './findings.ts'
import { type Host, type Report, type Spans, scoreRow, type Tracker } from './host.ts'
import { Judge, type Slot } from './judge.ts'
import { createPopulation, type Population, type Vector } from './population.ts'
import { packedTracker, packWindow, type SavedTracker } from './saved.ts'
import type { Scale, Span } from './span.ts'
import type { Subject } from './subject.ts'
import { TailBook } from './tails.ts'
import { type Lens, TrackerView } from './view.ts'
import { covers, GOES_ON, type Matter, newWindow, note, type OpenWindow } from './window.ts'

/** A slot as plain data. */
type HeldSlot<O, B, W, E> = Omit<Slot<O, B, W, E>, 'open'> & {
  open: (Omit<OpenWindow<O, W, E>, 'view' | 'span'> &
    Pick<Span, 'scale' | 'from' | 'to'> &
    Pick<TrackerView<O>, 'group' | 'own'>)[]
}

/** What others say of the same user. */
interface Company {
  p: number
  words: readonly string[]
  /** More than counts of the day. */
  firm: boolean
}

const PATIENCE = 4
/** Rarer than the allowance by this factor is no tail of honest work. */
const FAR = 0.1
/** Above this many times the usual, a window is learned as the team's level has it. */
const BUSY = Math.log(1.3)
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
  readonly #judge: Judge<O, B, W, E>
  /** Of those that count what is read, one teaches the rhythm of months. */
  readonly #leads: boolean
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
    this.#judge = new Judge(spec, host, this.#slots)
    this.#leads = spec.counts?.excess !== undefined && host.months.led(spec.name)
    this.#lens = {
      alarm: (scale) =>
        surpriseOf(this.#tails.of(scale), spec.tail, host.allowance(this.#share) * this.#part(scale)),
      peers: (group, own) => this.#population.peers(group, own),
      everyone: (own) => this.#population.everyone(own),
    }
  }

  /** Of the share, what this scale may use. */
  #part(scale: Scale): number {
    const parts = this.#spec.parts ?? {}
    const all = this.scales.reduce((sum, each) => sum + (parts[each] ?? 1), 0)
    return (parts[scale] ?? 1) / all
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
        const judged = this.#judge.alone(home, open)
        if (judged) this.#weighUp(subject, home, open, judged, facts.at, spans.day, report)
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
    const { baseline: b, streak: k, matters: m, peak, past } = slot
    const o = slot.open.map(packWindow)
    return { b, k, m, o, ...(peak[1] > 0 && { p: peak }), ...(past !== undefined && { t: past }) }
  }

  load(subject: Subject, saved: unknown): string | undefined {
    const outer = packedTracker.safeParse(saved)
    if (!outer.success) return `${this.name}: not a baseline of this version`
    const baseline = this.#spec.baseline.safeParse(outer.data.b)
    if (!baseline.success) return `${this.name}: not a baseline of this version`
    const { k: streak, m: matters, p: peak = noPeak(), t: past } = outer.data
    const vector = this.#spec.vector(baseline.data)
    const slot: Slot<O, B, W, E> = { baseline: baseline.data, vector, open: [], matters, streak, peak, past }
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
    const alone = this.#judge.alone(slot, open)
    const day = dayOf(span)
    const judged = alone && this.#inTeam(subject, slot, open, alone, span.to, day, report)
    this.#judge.remember(slot, open)
    if (alone && judged) {
      const tail = this.#tails.of(span.scale)
      if (this.#explained(subject, slot, open, alone, judged, span.to - 1, day, report)) open.fired = false
      else if (open.fired || this.#alarming(judged, open, span.to))
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
    const alerted = open.fired || slot.matters.some((matter) => !matter.burst && covers(matter, open))
    if (span.scale !== 'hour') slot.streak = alerted ? slot.streak + 1 : 0
    if (late) return
    if (alerted) spec.told?.(slot.baseline, open.state, this.#judge.usual(slot, open), view)
    // Who works on a holiday does so for once.
    if (span.marks?.holiday !== undefined) return
    if (this.#leads && span.scale === 'day' && !open.fired && spec.mature(slot.baseline)) {
      const ratio = Math.exp(this.#judge.over(slot, open)) * (periodOf(span.marks, this.name)?.factor ?? 1)
      this.#host.months.learn(subject.group, dateOf(span), ratio)
    }
    const quarantined = alerted && slot.streak <= PATIENCE && spec.mature(slot.baseline)
    if (quarantined && !this.#host.forgives(subject.id, this.name)) return
    spec.learn(slot.baseline, open.state, this.#judge.usual(slot, open), view)
  }

  /** What a judgement comes to: an alert, a part of the team's notice, evidence beside that of others. */
  #weighUp(
    subject: Subject,
    slot: Slot<O, B, W, E>,
    open: OpenWindow<O, W, E>,
    alone: Judgement,
    at: number,
    day: Span,
    report: Report,
  ) {
    const judged = this.#inTeam(subject, slot, open, alone, at, day, report)
    if (this.#alarming(judged, open, at)) this.#tell(subject, slot, open, judged, at, day, report)
    else if (this.#explained(subject, slot, open, alone, judged, at, day, report))
      this.#sweep(subject, open, at, report)
    this.#weigh(subject, slot, open, judged, at, day, report)
  }

  /** The judgement against what the whole team does, where that is more than usual. */
  #inTeam(
    subject: Subject,
    slot: Slot<O, B, W, E>,
    open: OpenWindow<O, W, E>,
    alone: Judgement,
    at: number,
    day: Span,
    report: Report,
  ): Judgement {
    const judged = this.#busy(subject, slot, open, alone, at, day)
    if (!open.burst || !this.#host.bursts()?.shadow) return judged
    // On record only: everyone goes on being told of alone.
    this.#explained(subject, slot, open, alone, judged, at, day, report)
    open.burst = undefined
    return alone
  }

  /** Sets the window's burst, if there is one. */
  #busy(
    subject: Subject,
    slot: Slot<O, B, W, E>,
    open: OpenWindow<O, W, E>,
    alone: Judgement,
    at: number,
    day: Span,
  ): Judgement {
    const { counts, tail } = this.#spec
    const bursts = counts?.excess && !alone.certain ? this.#host.bursts() : undefined
    if (!bursts) return alone
    const { span, view } = open
    const hour = span.scale === 'hour'
    const rare = !alone.quiet && !isCommon(rarity(this.#tails.of(span.scale), tail, alone.surprise))
    const learned = view.final && !hour && this.#judge.over(slot, open) > BUSY
    if (!open.fired && !rare && !learned) return alone
    open.burst = this.#judge.strongest(subject, span, day, at, view.final, bursts.limits)
    if (!open.burst) return alone
    return this.#judge.inTeam(slot, open) ?? { surprise: 0, quiet: true }
  }

  /** Whether the window would be an alert, were the team not busy; one that was told before that showed is revised. */
  #explained(
    subject: Subject,
    slot: Slot<O, B, W, E>,
    open: OpenWindow<O, W, E>,
    alone: Judgement,
    judged: Judgement,
    at: number,
    day: Span,
    report: Report,
  ): boolean {
    const { burst } = open
    const { options } = this.#tuned.of(subject)
    if (!burst || options.shadow || this.#alarming(judged, open, at)) return false
    const matter = slot.matters.find((one) => covers(one, open) && one.at >= day.from)
    if (matter && !matter.burst) {
      // What others said as well, or another window still says, is not explained.
      const stands = (other: OpenWindow<O, W, E>) =>
        other.fired && other !== open && covers(matter, other) && this.#stands(subject, slot, other, at)
      if (matter.joint || !open.fired || slot.open.some(stands)) return false
    } else if (!this.#alarming(alone, open, at)) return false
    const said = { subject, detector: this.name, day, burst, at, report }
    const bursts = this.#host.bursts()
    const notice = bursts?.explain(said)
    if (!matter || matter.burst !== undefined || notice === undefined || bursts?.shadow) return true
    open.fired = false
    Object.assign(matter, { burst: notice, severity: 0, surprise: judged.surprise })
    this.#write(subject, slot, open, matter, judged, at, report)
    return true
  }

  /** Whether another window of the same matter alerts, busy as the team may be. */
  #stands(subject: Subject, slot: Slot<O, B, W, E>, other: OpenWindow<O, W, E>, at: number): boolean {
    const alone = this.#judge.alone(slot, other)
    const judged = alone && this.#busy(subject, slot, other, alone, at, dayOf(other.span))
    return judged !== undefined && this.#alarming(judged, other, at)
  }

  /** Others of the team who were told of before it showed that the team is busy. */
  #sweep(subject: Subject, { span }: OpenWindow<O, W, E>, at: number, report: Report) {
    for (const member of this.#host.teams.of(subject)) {
      if (member === subject) continue
      this.#host.wake(member)
      const slot = this.#slots[member.index]
      if (!slot?.matters.some(({ burst }) => burst === undefined)) continue
      for (const open of slot.open) {
        if (!open.fired || open.span.scale !== span.scale) continue
        if (teamWindow(open.span) !== teamWindow(span)) continue
        const alone = this.#judge.alone(slot, open)
        if (!alone) continue
        const day = dayOf(open.span)
        const judged = this.#inTeam(member, slot, open, alone, at, day, report)
        if (this.#explained(member, slot, open, alone, judged, at, day, report)) member.dirty = true
      }
    }
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
    report.weigh(subject, this.#spec, day, p, at, (together, words, firm) =>
      this.#tell(subject, slot, open, judged, at, day, report, { p: together, words, firm }),
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
    together?: Company,
  ) {
    const { view, span, facet } = open
    const known =
      slot.matters.find((matter) => covers(matter, open)) ??
      (judged.certain
        ? undefined
        : slot.matters.find((m) => m.facet === facet && !m.burst && day.from < m.until))
    open.fired = true
    if (known && !open.fresh && !together) return
    const outgrown = known?.burst !== undefined
    const grade = (surprise: number) =>
      -Math.log(rarity(this.#tails.of(span.scale), this.#spec.tail, surprise))
    const more = known === undefined || outgrown || grade(judged.surprise) >= grade(known.surprise) * 1.1 + 1
    if (!more && !(view.final && span.scale !== 'hour')) return
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
    if (outgrown) matter.burst = undefined
    if (together?.firm) matter.joint = true
    matter.surprise = Math.max(matter.surprise, judged.surprise)
    if (open.burst)
      this.#host.bursts()?.standsOut({ subject, detector: this.name, day, burst: open.burst, at, report })
    this.#write(subject, slot, open, matter, judged, at, report, together)
  }

  #write(
    subject: Subject,
    slot: Slot<O, B, W, E>,
    open: OpenWindow<O, W, E>,
    matter: Matter,
    judged: Judgement,
    at: number,
    report: Report,
    together?: Company,
  ) {
    const spec = this.#spec
    const { options, config }: Setting<O> = this.#tuned.of(subject)
    const { burst, span, view } = open
    const told = spec.explain(this.#judge.usual(slot, open), open.state, slot.baseline, view)
    const explanation = {
      ...told,
      extra: {
        ...told.extra,
        ...(together && { together: together.words }),
        ...(burst && { burst: inWords(burst) }),
        ...markedWith(span, spec.name),
      },
    }
    const steps = (explanation.weight ?? 0) + (open.collections.some(this.#host.critical) ? 1 : 0)
    if (matter.burst === undefined)
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
      past: undefined,
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
