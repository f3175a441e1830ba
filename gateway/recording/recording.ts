import type { Person } from '../identity/person.ts'

/**
 * A recording holds what the client saw, after masking: frames, in order, compressed and encrypted at rest under a key
 * per person (erasure by dropping the key). While a session lives its frames are appended to a part file on the
 * gateway's disk; when it ends the part is sealed into a blob.
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
  /** Frames of a live or sealed session, in order; undefined where there is none (never was, erased, expired). */
  read(
    session: string,
  ): Promise<{ person: string; started: number; sealed: boolean; frames: AsyncIterable<Frame> } | undefined>
  /** Seals parts that a crash left behind; removes recordings older than retention. */
  sweep(now: number): Promise<void>
  close(): Promise<void>
}

export interface SessionRecording {
  readonly bytes: number
  /** Written to disk when it resolves; calls of one turn of the event loop share one write. */
  append(frames: readonly Frame[]): Promise<void>
  /** The session ended: seal in the background. */
  seal(): Promise<void>
}
