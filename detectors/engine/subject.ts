import type { Span } from './span.ts'

/** A user as the engine knows them. */
export interface Subject {
  readonly id: string
  /** Dense, so that trackers keep their slots in arrays. */
  readonly index: number
  group: string
  /** The same array as long as they do not change. */
  roles: readonly string[]
  zone: string
  spans: OpenSpan[]
  /** Highest sequence taken, by chain; what a saved baseline covers. */
  cover: Record<string, number>
  /** What was covered when the baseline was loaded: a second delivery up to there changes nothing. */
  loaded: Readonly<Record<string, number>>
  first: number
  last: number
  dirty: boolean
  /** Trackers hold what they know of the user; otherwise it is packed in `resting`. */
  awake: boolean
  resting: number | undefined
  /** When the user was woken last, in wakings. */
  touched: number
}

export interface OpenSpan {
  span: Span
  /** It was complete before this user's events came: judged, never learned. */
  late: boolean
}
