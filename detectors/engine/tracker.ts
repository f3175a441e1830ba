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
  fired: Fired | undefined
  /** Something was observed since the last finding. */
  fresh: boolean
}

/** The finding told so far. */
export interface Fired {
  at: number
  surprise: number
  revision: number
  severity: number
}

interface Slot<B, W, E> {
  baseline: B
  open: OpenWindow<W, E>[]
  /** Windows that alerted in a row: after some, what alerts every time is learned, slowly. */
  streak: number
}

const EVIDENCE = 50
const PATIENCE = 4

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
      slot = { baseline: spec.empty(), open: [], streak: 0 }
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

  const tell = (
    subject: Subject,
    slot: Slot<B, W, E>,
    open: OpenWindow<W, E>,
    view: View<O>,
    judged: Judgement,
    at: number,
    report: Report,
  ) => {
    const told = open.fired
    if (told && !open.fresh) return
    if (told && !view.final && judged.surprise < told.surprise * 1.5 + 2) return
    const explanation = spec.explain(open.expected!, open.state, slot.baseline, view)
    const p = rarity(tails.get(open.span.scale)!, spec.tail, judged.surprise)
    const steps = (explanation.weight ?? 0) + (open.collections.some(host.critical) ? 1 : 0)
    const rank = Math.max(told?.severity ?? 0, severityOf(severity, steps))
    const fired = {
      at: told?.at ?? at,
      surprise: Math.max(told?.surprise ?? 0, judged.surprise),
      revision: (told?.revision ?? 0) + 1,
      severity: rank,
    }
    open.fired = fired
    open.fresh = false
    if (!options.shadow)
      report.finding(buildFinding({ detector: spec, subject, open, fired, explanation, p, config }))
  }

  const judge = (
    subject: Subject,
    slot: Slot<B, W, E>,
    open: OpenWindow<W, E>,
    at: number,
    report: Report,
  ) => {
    const view = viewOf(subject, slot, open, false)
    open.expected ??= spec.expect(slot.baseline, view)
    const judged = spec.judge(open.expected, open.state, view)
    if (judged && (judged.certain || judged.surprise >= view.alarm()))
      tell(subject, slot, open, view, judged, at, report)
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
          judge(subject, home, open, facts.at, report)
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
          if (open.fired || alarming) tell(subject, slot, open, view, judged, span.to - 1, report)
          if (report.score) {
            const p = rarity(tail, spec.tail, judged.surprise)
            report.score(scoreRow(spec.name, subject.id, span, p, judged.surprise))
          }
          if (!open.fired && !late) learnTail(tail, spec.tail, judged.surprise)
        }
        slot.streak = open.fired ? slot.streak + 1 : 0
        if (!late && (!open.fired || slot.streak > PATIENCE))
          spec.learn(slot.baseline, open.state, open.expected, view)
      }
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
      return slot && { b: slot.baseline, k: slot.streak, o: slot.open.map(packWindow) }
    },
    load(subject, saved) {
      const outer = packedTracker.safeParse(saved)
      const baseline = outer.success ? spec.baseline.safeParse(outer.data.b) : outer
      if (!outer.success || !baseline.success) return `${spec.name}: not a baseline of this version`
      const slot: Slot<B, W, E> = { baseline: baseline.data as B, open: [], streak: outer.data.k }
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
      ...{ fired: undefined, fresh: true },
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
