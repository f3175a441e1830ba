/** What the engine and its trackers ask of each other. */
import type { deserialize } from 'node:v8'
import type { Finding } from '../finding.ts'
import type { Teller, Weighed } from './accord.ts'
import type { Bursts } from './bursts.ts'
import type { Facts } from './facts.ts'
import type { Months } from './months.ts'
import type { Pace } from './pace.ts'
import type { SavedShared, SavedUser } from './saved.ts'
import type { Scale, Span } from './span.ts'
import type { Subject } from './subject.ts'
import type { Teams } from './teams.ts'

/** One detector at work: its baselines and open windows of every user. */
export interface Tracker {
  readonly name: string
  readonly scales: readonly Scale[]
  /** Bits of SIGNS of which an event must have one; undefined where every event concerns it. */
  readonly signs?: number | undefined
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
  /** All that is held of a user, as plain data. */
  held(subject: Subject): unknown
  /** Holds again what was held, through `v8`; undefined lets go of it. What it counts for in the population stays. */
  hold(subject: Subject, held: ReturnType<typeof deserialize>): void
  tails(): Readonly<Record<string, unknown>>
  loadTails(saved: unknown): void
  /** It tells of teams what the others find of members. */
  readonly bursts?: Bursts
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
  readonly teams: Teams
  /** Before trackers look at what they hold of another user than the one at hand. */
  wake(subject: Subject): void
  readonly pace: Pace
  readonly months: Months
  /** What was known before the first event; of a user at hand it is not asked. */
  readonly before: Foreknown | undefined
  /** Undefined where nobody wants to know of teams that are busy together. */
  bursts(): Bursts | undefined
}

/**
 * What another engine saved of users who come in turn, one after another: all its users, and what is shared, or nothing
 * yet. At what time of day they come says nothing of them.
 */
export interface Foreknown {
  users: ReadonlyMap<string, SavedUser>
  shared?: SavedShared
}

export function scoreRow(detector: string, user: string, span: Span, p: number, surprise: number): ScoreRow {
  const window = { from: new Date(span.from).toISOString(), to: new Date(span.to).toISOString() }
  return { detector, user, window, score: Number(surprise.toFixed(4)), p: Number(p.toPrecision(4)) }
}
