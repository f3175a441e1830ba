import type { z } from 'zod'
import type { EventDraft } from '../../core/event.ts'
import type { TailPrior } from '../baseline/calibration.ts'
import type { Severity } from '../finding.ts'
import type { QuietHours } from '../tuning/quiet.ts'
import { tune } from '../tuning/tuned.ts'
import type { Excess } from './burst.ts'
import type { Facts, Sign } from './facts.ts'
import type { Host, Tracker } from './host.ts'
import type { Sums } from './population.ts'
import type { Scale, Span } from './span.ts'
import { DetectorTracker } from './tracker.ts'

/**
 * A detector: what it looks at, what it learns, and what it says.
 *
 *   facts ─observe─▶ window ─judge(expected)─▶ surprise ─(budget)─▶ finding, told by explain
 *                      └─ when it closes ─learn─▶ baseline ─expect─▶ expected
 *
 * Everything is a function of its arguments; baseline and window are small JSON.
 *
 *   surprise   grows with strangeness; for a probability, −ln p
 *   certain    no statistics needed: alerts whatever the budget
 */
export interface DetectorSpec<O extends CommonOptions, B, W, E> extends Metadata {
  /** Strict, with defaults. */
  options: z.ZodType<O>
  scales: readonly Scale[]
  /** Part of the false-alarm budget, relative to the other detectors'. */
  share: number
  /** What of it goes to each of its scales; as much to each, by default. */
  parts?: Readonly<Partial<Record<Scale, number>>>
  tail: TailPrior
  baseline: z.ZodType<B>
  empty(): B
  window: z.ZodType<W>
  open(): W
  /** The baseline as sums, so that a peer group is the sum of its members. */
  width: number
  vector(baseline: B): ArrayLike<number>
  /** An event with none of these is nothing to it: `observe` would say false. All events, where it does not say. */
  signs?: readonly Sign[]
  /** Whether an event can be anything to it at all: asked first, for detectors of rare events. */
  concerns?(facts: Facts): boolean
  /** It judges reviewers: decisions come to it as the deeds of who decided, not of who asked. */
  reviewers?: true
  /** Separate matters of one window, e.g. one a technique; `['']` by default. */
  facets?(facts: Facts): readonly string[]
  /** Takes an event into the window; false, and nothing changed, if it does not concern this detector; `kept`: no evidence by itself. */
  observe(window: W, facts: Facts, options: O, day: Span): boolean | 'kept'
  /** What is usual, fixed when the window is first judged. */
  expect(baseline: B, view: View<O>): E
  judge(expected: E, window: W, view: View<O>): Judgement | undefined
  explain(expected: E, window: W, baseline: B, view: View<O>): Explanation
  /** Its surprise already holds that of the days before. */
  lasting?: true
  /** It counts what a busy time raises: a known period, or, with `excess`, an outage of the whole team (burst.ts). */
  counts?: {
    /** What is expected where `level` times the usual is. */
    raise(expected: E, level: number): E
    /** How far a window is above what is usual. `done`: share of its work that is usually done by now. */
    excess?(expected: E, window: W, done: number): Excess
  }
  /** Until then every window is learned, also one that alerted: a newcomer must become known. */
  mature(baseline: B): boolean
  /** Takes a closed window into the baseline. */
  learn(baseline: B, window: W, expected: E, view: View<O>): void
  /** The user took another role: what is known of them counts little from now on. */
  renew?(baseline: B): void
  /** Instead, where the window alerted: what was told is not to be told again for the same reason. */
  told?(baseline: B, window: W, expected: E, view: View<O>): void
}

export interface Metadata {
  name: string
  title: string
  /** MITRE ATT&CK technique ids. */
  technique: readonly string[]
  severity: Severity
  runbook: readonly string[]
  blindSpots: readonly string[]
  examples: readonly Example[]
}

export interface CommonOptions {
  enabled: boolean
  severity?: Severity | undefined
  shadow: boolean
  share?: number | undefined
  windows?: readonly string[] | undefined
  allow: readonly string[]
  quiet: readonly QuietHours[]
}

export interface View<O> {
  readonly options: O
  readonly span: Span
  readonly facet: string
  /** The window is closed: say the surprise even where it is small. */
  readonly final: boolean
  /** The surprise from which this detector alerts now. */
  alarm(): number
  /** What the group and all others told of their baselines, without this user's own. */
  peers(): Sums
  everyone(): Sums
}

export interface Judgement {
  surprise: number
  certain?: boolean
  /** Scored and learned, but too small a matter to alert, or to say how surprising alerts are. */
  quiet?: boolean
}

export interface Explanation {
  observed: number
  expected?: number
  low?: number
  high?: number
  baseline?: { from: number; to: number; n: number }
  peers?: number
  /** In numbers, for a reader who knows nothing of the method. */
  summary: string
  /** Steps of severity up or down. */
  weight?: number
  /** Flat and small. */
  extra?: Readonly<Record<string, unknown>>
}

/** A firing or non-firing case: `history` warms the baselines, `given` is judged. Both are lists of drafts. */
export interface Example {
  name: string
  history: () => Iterable<EventDraft>
  given: () => Iterable<EventDraft>
  fires: boolean
}

/** A detector as the engine and the catalogue see it, its types folded away. */
export interface Detector extends Metadata {
  readonly scales: readonly (Scale | 'session')[]
  readonly share: number
  /** It tells what others found together: neither a fact nor a likelihood of its own. */
  readonly notice?: true
  /** What it counts may be more at a known time: see `exposures`. */
  readonly counts?: boolean
  /** Those without which its examples say nothing. */
  readonly needs?: readonly Detector[]
  readonly options: z.ZodType<CommonOptions>
  /** `options`: what the config says, defaults and overrides not yet applied. */
  track(options: Readonly<Record<string, unknown>>, host: Host): Tracker
}

export function defineDetector<O extends CommonOptions, B, W, E>(spec: DetectorSpec<O, B, W, E>): Detector {
  const { name, title, technique, severity, runbook, blindSpots, examples, scales, share, options } = spec
  return {
    ...{ name, title, technique, severity, runbook, blindSpots, examples, scales, share, options },
    counts: spec.counts !== undefined,
    track: (raw, host) =>
      new DetectorTracker(
        spec,
        tune((merged) => spec.options.parse(merged), raw),
        host,
      ),
  }
}
