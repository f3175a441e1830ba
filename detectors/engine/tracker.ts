import { learnTail, rarity, surpriseOf, type Tail } from '../baseline/calibration.ts'
import { periodOf } from '../tuning/calendar.ts'
import type { Tuned } from '../tuning/tuned.ts'
import { dateOf, dayOf } from './burst.ts'
import { InCompany } from './company.ts'
import type { CommonOptions, DetectorSpec, Judgement } from './detector.ts'
import { type Facts, SIGNS } from './facts.ts'
import { type Host, type Report, type Spans, scoreRow, type Tracker } from './host.ts'
import { Judge, type Slot } from './judge.ts'
import { type HeldSlot, Keeper } from './keeper.ts'
import { createPopulation, type Population, type Vector } from './population.ts'
import type { SavedTracker } from './saved.ts'
import type { Scale, Span } from './span.ts'
import type { Subject } from './subject.ts'
import { TailBook } from './tails.ts'
import { type Moment, Telling } from './telling.ts'
import type { Lens } from './view.ts'
import { covers, find, note, type OpenWindow } from './window.ts'

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
  readonly #judge: Judge<O, B, W, E>
  readonly #telling: Telling<O, B, W, E>
  readonly #company: InCompany<O, B, W, E>
  readonly #keeper: Keeper<O, B, W, E>
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
    this.#leads = spec.counts?.excess !== undefined && host.months.led(spec.name)
    const lens: Lens = {
      alarm: (scale) =>
        surpriseOf(this.#tails.of(scale), spec.tail, host.allowance(this.#share) * this.#part(scale)),
      peers: (group, own) => this.#population.peers(group, own),
      everyone: (own) => this.#population.everyone(own),
    }
    this.#judge = new Judge(spec, host, this.#slots)
    const works = { spec, tuned, host, tails: this.#tails, slots: this.#slots, judge: this.#judge }
    this.#telling = new Telling(works)
    this.#company = new InCompany(works, this.#telling, this.#slots)
    this.#keeper = new Keeper(spec, tuned, lens, this.#slots)
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
        const home = this.#slots[subject.index] ?? this.#keeper.begin(subject)
        const open = known ?? this.#keeper.window(subject, home, span, facet, this.#spare)
        if (!known) {
          home.open.push(open)
          this.#spare = spec.open()
        }
        if (taken === 'kept') continue
        note(open, facts)
        const judged = this.#judge.alone(home, open)
        // What is quiet can neither alert nor be evidence; it can only explain what alerted before.
        if (!judged || (judged.quiet && !open.fired)) continue
        this.#weighUp({ subject, slot: home, open, at: facts.at, day: spans.day, report }, judged)
      }
  }

  close(subject: Subject, span: Span, late: boolean, report: Report): void {
    const slot = this.#slots[subject.index]
    if (!slot) return
    const closing = windowsOf(slot.open, span)
    if (closing) {
      const spec = this.#spec
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
    return this.#keeper.save(subject)
  }

  load(subject: Subject, saved: unknown): string | undefined {
    const problem = this.#keeper.load(subject, saved)
    if (problem) return problem
    this.#population.move(subject.group, NOTHING, this.#slots[subject.index]!.vector)
    return undefined
  }

  held(subject: Subject): HeldSlot<O, B, W, E> | undefined {
    return this.#keeper.held(subject)
  }

  hold(subject: Subject, held: HeldSlot<O, B, W, E> | undefined): void {
    this.#keeper.hold(subject, held)
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
    const over = { subject, slot, open, at: span.to, day: dayOf(span), report }
    const judged = alone && this.#company.judge(over, alone)
    this.#judge.remember(slot, open)
    if (alone && judged) {
      const last = { ...over, at: span.to - 1 }
      const whole = { ...last, day: span }
      if (this.#company.explains(last, alone, judged)) open.fired = false
      else if (open.fired || this.#telling.alarming(judged, open, span.to)) this.#telling.tell(whole, judged)
      if (span.scale === 'day' && !late) this.#telling.weigh(whole, judged)
      const tail = this.#tails.of(span.scale)
      if (report.score) {
        const p = rarity(tail, spec.tail, judged.surprise)
        report.score(scoreRow(this.name, subject.id, span, p, judged.surprise))
      }
      // Near alerts teach the tail as well: thresholds follow what really happens, not what was hoped. What lies far
      // beyond them is another matter, and must not stretch it. While nobody is known, everything surprises.
      const absurd = this.#host.allowance(this.#share) * FAR
      const taught = this.#host.warm(span.to) && !late && !judged.quiet
      if (taught && rarity(tail, spec.tail, judged.surprise) > absurd)
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
  #weighUp(moment: Moment<O, B, W, E>, alone: Judgement) {
    const judged = this.#company.judge(moment, alone)
    if (this.#telling.alarming(judged, moment.open, moment.at)) this.#telling.tell(moment, judged)
    else if (this.#company.explains(moment, alone, judged)) this.#company.sweep(moment)
    this.#telling.weigh(moment, judged)
  }
}

function windowsOf<O, W, E>(windows: readonly OpenWindow<O, W, E>[], span: Span) {
  let found: OpenWindow<O, W, E>[] | undefined
  for (const open of windows)
    if (open.span === span) {
      if (found) found.push(open)
      else found = [open]
    }
  return found
}
