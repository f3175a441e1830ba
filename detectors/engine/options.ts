import type { DetectorsConfig } from '../config.ts'
import type { Finding } from '../finding.ts'
import type { Detector } from './detector.ts'
import type { Foreknown, ScoreRow } from './host.ts'

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
