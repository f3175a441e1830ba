import type { SessionEvent } from '../../core/event.ts'
import type { DetectorsConfig } from '../config.ts'
import type { Finding } from '../finding.ts'
import type { Detector } from './detector.ts'
import type { Foreknown, ScoreRow } from './host.ts'
import type { SavedShared, SavedUser } from './saved.ts'

export interface Counters {
  events: number
  repeated: number
  late: number
  /** No user: nothing to learn from. */
  anonymous: number
  future: number
  /** Of users that another process looks after. */
  elsewhere: number
  users: number
}

export interface EngineOptions {
  config: DetectorsConfig
  detectors: readonly Detector[]
  score?: (row: ScoreRow) => void
  /** A verdict says that what this detector finds about this user is usual: it is learned although it alerted. */
  forgives?: (user: string, detector: string) => boolean
  /** Findings of detectors in shadow. */
  shadow?: (finding: Finding) => void
  /** What is known of others before the first event. */
  before?: Foreknown
  /** Which users are looked after here, and what part of all they are; the others' events only tell the time. */
  part?: { owns: (user: string) => boolean; share: number }
}

export const noCounts = (): Counters => ({
  events: 0,
  repeated: 0,
  late: 0,
  anonymous: 0,
  future: 0,
  elsewhere: 0,
  users: 0,
})

/**
 * The engine: events in, findings out, nothing else touched.
 *
 *   window     an hour, day or week of one user, in event time and the user's own time zone
 *   watermark  how far event time has come; a window that ends before it is complete: judged a last time, and learned
 *   late       an event of a window that was already complete: counted, judged, never learned
 *   aside      an event that cannot be used (from the future): counted by reason
 */
export interface Engine {
  /** Takes one event; findings it gives rise to, and last revisions of windows it completes. `at`: its time, ms. */
  push(event: SessionEvent, at?: number): Finding[]
  /** The wall clock: what lies beyond it is from the future, and quiet windows close. */
  advance(now: number): Finding[]
  /** Closes every window: the end of a file. */
  finish(): Finding[]
  readonly counters: Counters
  /** Users changed since the last call, or of these only, with what is shared. */
  snapshot(only?: ReadonlySet<string>): { users: Map<string, SavedUser>; shared: SavedShared }
  /**
   * `shared`: one for each part of the population that was saved by itself. May be called for some users at a time,
   * and at last for what is shared.
   * @returns what could not be read; what it concerns starts anew.
   */
  restore(saved: { users: Iterable<readonly [string, unknown]>; shared?: readonly unknown[] }): string[]
}
