import type { Person } from '../identity/person.ts'

/**
 * A recording holds what the client saw, after masking: frames, in order, encrypted at rest under a key per person
 * (erasure by dropping the key).
 *
 *   open ─▶ part file on the gateway's disk, a block a turn ─▶ seal ─▶ compressed blob, the part goes
 *                         └─ crash ─▶ orphan ─▶ sweep ─▶ sealed as far as it is whole, its damage named
 */
export interface Frame {
  /** ms since epoch. */
  at: number
  request: string
  kind: 'request' | 'response' | 'body' | 'end'
  /** `request`: method and path with literals (the recording is where originals belong); `response`: status, type. */
  meta?: Readonly<Record<string, string | number>>
  /** `body`: bytes as the client got them. */
  data?: Uint8Array
}

export interface Recorder {
  /** Ready to append; asks the key of the person. @throws TW_RECORDING_… : nothing may be shown. */
  open(session: string, person: Person, started: number): Promise<SessionRecording>
  /**
   * Frames of a live or sealed session, in order; undefined where there is none (never was, erased, expired). The frames
   * end in TW_RECORDING_DAMAGED where the recording is cut short or altered, after all that is whole.
   */
  read(session: string): Promise<Recording | undefined>
  /** Newest first, from the store; `user` as in events. */
  list(query: { user?: string; limit: number; after?: string }): Promise<{
    recordings: RecordingSummary[]
    next?: string
  }>
  /** What is known of one without opening it; undefined where there is none. */
  summary(session: string): Promise<RecordingSummary | undefined>
  /** Seals parts that a crash left behind; removes recordings older than retention. */
  sweep(now: number): Promise<void>
  /** Drops the key of a person (`<issuer>#<sub>`), and then what it opened. */
  erase(person: string): Promise<void>
  /** Ends what is open and waits for what is being sealed. */
  close(): Promise<void>
}

export interface Recording {
  /** `<issuer>#<sub>` and `user.id` of whose session it is, from the recording itself. */
  person: string
  user: string
  started: number
  sealed: boolean
  /** To be read once; reading it, even in part, closes it. */
  frames: AsyncIterable<Frame>
  /** For who decides not to read it. */
  close(): Promise<void>
}

/** What lists show; kept in the store as a document of kind `recording`. */
export interface RecordingSummary {
  session: string
  person: string
  user: string
  /** RFC 3339. */
  started: string
  ended?: string
  /** Of the frames, before compression; 0 while it lives. */
  bytes: number
  frames: number
  sealed: boolean
  /** `cut` or `altered`: what follows the frames counted here is lost. */
  damage?: string
  gateway: string
}

export interface SessionRecording {
  readonly bytes: number
  /**
   * Written to disk when it resolves; calls of one turn of the event loop share one write.
   * @throws TW_RECORDING_UNWRITABLE, TW_RECORDING_FULL, TW_RECORDING_CLOSED: nothing may be shown.
   */
  append(frames: readonly Frame[]): Promise<void>
  /** The session ended: resolves when that is on disk; compressing and moving it goes on in the background. */
  seal(): Promise<void>
}
