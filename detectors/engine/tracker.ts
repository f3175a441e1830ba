import { createHash } from 'node:crypto'
import { canonical } from '../../core/canonical.ts'
import {
  learnDay,
  learnTail,
  noTail,
  rarity,
  surpriseOf,
  type Tail,
  tailState,
} from '../baseline/calibration.ts'
import type { Finding } from '../finding.ts'
import type { CommonOptions, DetectorSpec, Judgement, View } from './detector.ts'
import type { Facts } from './facts.ts'
import { buildFinding, severityOf } from './findings.ts'
import { createPopulation } from './population.ts'
import { packedTracker, packWindow, type SavedTracker } from './saved.ts'
import type { Scale, Span } from './span.ts'
import type { Subject } from './subject.ts'

/** One detector at work: its baselines and open windows of every user. */
export interface Tracker {
  readonly name: string
  readonly share: number
  readonly scales: readonly Scale[]
  /** Takes an event into its windows and judges them. `spans` holds the span of each scale. */
  push(subject: Subject, facts: Facts, spans: Spans, report: Report): void
  /** Judges a complete window a last time, and learns it. */
  close(subject: Subject, span: Span, late: boolean, report: Report): void
  /** A user-day has begun. */
  day(): void
  /** The subject now belongs to another group. */
  regroup(subject: Subject, before: string): void
  save(subject: Subject): SavedTracker | undefined
  /** @returns what is wrong with what was saved, if anything; the baseline then starts anew. */
  load(subject: Subject, saved: unknown): string | undefined
  tails(): Readonly<Record<string, Tail>>
  loadTails(saved: unknown): void
}

export type Spans = Readonly<Record<Scale, Span>>

export interface Report {
  finding(finding: Finding): void
  score?(row: ScoreRow): void
}

/** Every judgement, alert or not. */
export interface ScoreRow {
  detector: string
  user: string
  window: { from: string; to: string }
  score: number
  p: number
}

/** What the engine lends its trackers. */
export interface Host {
  /** False alerts a user-day that a detector with this share may make. */
  allowance(share: number): number
  /** How often such an explanation's collections are critical. */
  critical(collection: string): boolean
}

export interface OpenWindow<W, E> {
  span: Span
  facet: string
  state: W
  expected: E | undefined
  sessions: string[]
  events: string[]
  collections: string[]
  /** It alerted, and so is not learned. */
  fired: boolean
  /** Something was observed since the last finding. */
  fresh: boolean
}

/**
 * What was told of one day: an hour that alerts, then the whole day that does, are one matter. It keeps the id of the
 * window that alerted first, and is revised as its evidence grows.
 */
export interface Matter {
  /** The day, ms. */
  from: number
  to: number
  /** The window that alerted first. */
  scale: Scale
  start: number
  facet: string
  /** ms, event time: when the evidence sufficed. */
  at: number
  surprise: number
  revision: number
  /** Rank. */
  severity: number
}

interface Slot<B, W, E> {
  baseline: B
  open: OpenWindow<W, E>[]
  matters: Matter[]
  /** Windows that alerted in a row: after some, what alerts every time is learned, slowly. */
  streak: number
}

const EVIDENCE = 50
const PATIENCE = 4

interface Told<B, W, E, O> {
  subject: Subject
  slot: Slot<B, W, E>
  open: OpenWindow<W, E>
  view: View<O>
  day: Span
}

const covers = <W, E>(matter: Matter, { span, facet }: OpenWindow<W, E>) =>
  matter.facet === facet && span.from < matter.to && span.to > matter.from

export function createTracker<O extends CommonOptions, B, W, E>(
  spec: DetectorSpec<O, B, W, E>,
  options: O,
  host: Host,
): Tracker {
  const slots: (Slot<B, W, E> | undefined)[] = []
  const population = createPopulation(spec.width)
  const tails = new Map<Scale, Tail>(spec.scales.map((scale) => [scale, noTail()]))
  const config = `sha256:${createHash('sha256').update(canonical(options)).digest('hex')}`
  const single: readonly string[] = ['']
  const severity = options.severity ?? spec.severity

  const slotOf = (subject: Subject) => {
    let slot = slots[subject.index]
    if (!slot) {
      slot = { baseline: spec.empty(), open: [], matters: [], streak: 0 }
      slots[subject.index] = slot
    }
    return slot
  }
  const viewOf = (
    subject: Subject,
    slot: Slot<B, W, E>,
    open: OpenWindow<W, E>,
    final: boolean,
  ): View<O> => ({
    options,
    span: open.span,
    facet: open.facet,
    final,
    alarm: () =>
      surpriseOf(tails.get(open.span.scale)!, spec.tail, host.allowance(spec.share) / spec.scales.length),
    peers: () => population.peers(subject.group, spec.vector(slot.baseline)),
    everyone: () => population.everyone(spec.vector(slot.baseline)),
  })

  const tell = (told: Told<B, W, E, O>, judged: Judgement, at: number, report: Report) => {
    const { subject, slot, open, view, day } = told
    const known = slot.matters.find((matter) => covers(matter, open))
    open.fired = true
    if (known && !open.fresh) return
    const more = known === undefined || judged.surprise >= known.surprise * 1.5 + 2
    if (!more && !(view.final && open.span.scale !== 'hour')) return
    const explanation = spec.explain(open.expected!, open.state, slot.baseline, view)
    const steps = (explanation.weight ?? 0) + (open.collections.some(host.critical) ? 1 : 0)
    const rank = severityOf(severity, steps)
    const { scale, from: start } = open.span
    const matter: Matter = known ?? {
      ...{ from: day.from, to: day.to, scale, start, facet: open.facet },
      ...{ at, surprise: 0, revision: 0, severity: 0 },
    }
    if (!known) slot.matters.push(matter)
    matter.surprise = Math.max(matter.surprise, judged.surprise)
    matter.severity = Math.max(matter.severity, rank)
    matter.revision++
    open.fresh = false
    const p = rarity(tails.get(scale)!, spec.tail, matter.surprise)
    if (!options.shadow)
      report.finding(buildFinding({ detector: spec, subject, open, matter, explanation, p, config }))
  }

  const judge = (told: Told<B, W, E, O>, at: number, report: Report) => {
    const { slot, open, view } = told
    open.expected ??= spec.expect(slot.baseline, view)
    const judged = spec.judge(open.expected, open.state, view)
    if (judged && (judged.certain || judged.surprise >= view.alarm())) tell(told, judged, at, report)
  }

  return {
    name: spec.name,
    share: spec.share,
    scales: spec.scales,
    push(subject, facts, spans, report) {
      for (const facet of spec.facets ? spec.facets(facts) : single)
        for (const scale of spec.scales) {
          const span = spans[scale]
          const slot = slots[subject.index]
          let open = slot?.open.find((o) => o.span === span && o.facet === facet)
          const state = open?.state ?? spec.open()
          if (!spec.observe(state, facts, options)) continue
          const home = slot ?? slotOf(subject)
          if (!open) {
            open = newWindow(span, facet, state)
            home.open.push(open)
          }
          note(open, facts)
          const view = viewOf(subject, home, open, false)
          judge({ subject, slot: home, open, view, day: spans.day }, facts.at, report)
        }
    },
    close(subject, span, late, report) {
      const slot = slots[subject.index]
      if (!slot?.open.length) return
      const closing = slot.open.filter((open) => open.span === span)
      if (!closing.length) return
      slot.open = slot.open.filter((open) => open.span !== span)
      const before = spec.vector(slot.baseline)
      for (const open of closing) {
        const view = viewOf(subject, slot, open, true)
        open.expected ??= spec.expect(slot.baseline, view)
        const judged = spec.judge(open.expected, open.state, view)
        const tail = tails.get(span.scale)!
        if (judged) {
          const alarming = judged.certain || judged.surprise >= view.alarm()
          if (open.fired || alarming)
            tell({ subject, slot, open, view, day: span }, judged, span.to - 1, report)
          if (report.score) {
            const p = rarity(tail, spec.tail, judged.surprise)
            report.score(scoreRow(spec.name, subject.id, span, p, judged.surprise))
          }
          if (!open.fired && !late) learnTail(tail, spec.tail, judged.surprise)
        }
        const alerted = open.fired || slot.matters.some((matter) => covers(matter, open))
        if (span.scale !== 'hour') slot.streak = alerted ? slot.streak + 1 : 0
        if (!late && (!alerted || slot.streak > PATIENCE))
          spec.learn(slot.baseline, open.state, open.expected, view)
      }
      if (span.scale !== 'hour') slot.matters = slot.matters.filter((matter) => matter.to > span.to)
      population.move(subject.group, before, spec.vector(slot.baseline))
    },
    day() {
      for (const tail of tails.values()) learnDay(tail)
    },
    regroup(subject, before) {
      const slot = slots[subject.index]
      if (!slot) return
      const vector = spec.vector(slot.baseline)
      population.move(before, vector, [])
      population.move(subject.group, [], vector)
    },
    save(subject) {
      const slot = slots[subject.index]
      return slot && { b: slot.baseline, k: slot.streak, m: slot.matters, o: slot.open.map(packWindow) }
    },
    load(subject, saved) {
      const outer = packedTracker.safeParse(saved)
      const baseline = outer.success ? spec.baseline.safeParse(outer.data.b) : outer
      if (!outer.success || !baseline.success) return `${spec.name}: not a baseline of this version`
      const { k: streak, m: matters } = outer.data
      const slot: Slot<B, W, E> = { baseline: baseline.data as B, open: [], matters, streak }
      for (const packed of outer.data.o) {
        const state = spec.window.safeParse(packed.w)
        const span = subject.spans.find((open) => open.span.scale === packed.s && open.span.from === packed.f)
        if (!state.success || !span) continue
        const { x: facet, n: sessions, e: events, c: collections, r: fired } = packed
        slot.open.push({
          ...newWindow(span.span, facet, state.data),
          ...{ sessions, events, collections, fired, fresh: true },
        })
      }
      slots[subject.index] = slot
      population.move(subject.group, [], spec.vector(slot.baseline))
      return undefined
    },
    tails: () => Object.fromEntries(tails),
    loadTails(saved) {
      for (const scale of spec.scales) {
        const tail = tailState.safeParse((saved as Record<string, unknown> | undefined)?.[scale])
        if (tail.success) tails.set(scale, tail.data)
      }
    },
  }

  function newWindow(span: Span, facet: string, state: W): OpenWindow<W, E> {
    return {
      ...{ span, facet, state, expected: undefined, sessions: [], events: [], collections: [] },
      ...{ fired: false, fresh: true },
    }
  }
}

function note<W, E>(open: OpenWindow<W, E>, facts: Facts) {
  open.fresh = true
  open.events.push(facts.id)
  if (open.events.length > EVIDENCE) open.events.shift()
  if (open.sessions.at(-1) !== facts.session && !open.sessions.includes(facts.session)) {
    open.sessions.push(facts.session)
    if (open.sessions.length > EVIDENCE) open.sessions.shift()
  }
  const { collection } = facts
  if (collection !== undefined && open.collections.length < 8 && !open.collections.includes(collection))
    open.collections.push(collection)
}

function scoreRow(detector: string, user: string, span: Span, p: number, surprise: number): ScoreRow {
  const window = { from: new Date(span.from).toISOString(), to: new Date(span.to).toISOString() }
  const score = Math.round((p < 1 ? -Math.log10(Math.max(p, 1e-300)) : 0) * 1e6 + surprise) / 1e6
  return { detector, user, window, score, p }
}
