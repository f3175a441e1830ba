import type { EventDraft, SessionEvent } from '../../core/event.ts'
import type { ChainHead } from '../audit/chain.ts'

/**
 * The spool is the gateway's own disk: what happened stands here before anything is released, and stays until the
 * store has it. Segments of NDJSON, appended, synced by group, shipped from the last acknowledged place.
 *
 *   append ─▶ written (a killed process loses nothing) ─▶ synced (a power cut loses nothing) ─▶ shipped ─▶ dropped
 */
export interface Spool extends SpoolOutlet {
  /**
   * Numbers, chains and writes events in the order given. Resolves when they are on disk as `spool.sync` orders:
   * `group`: written (synced within `spool.interval`); `always`: synced. What resolves may be released.
   * Calls of one turn of the event loop share one write.
   * @throws TW_SPOOL_FULL, TW_SPOOL_UNWRITABLE: nothing may be released.
   */
  append(drafts: readonly EventDraft[]): Promise<readonly Appended[]>
  backlog(): Backlog & ChainHead
  /** Syncs and closes. */
  close(): Promise<void>
}

/** What became of a draft. */
export interface Appended {
  /** As it stands on disk; read from there each time it is asked for, which is seldom. */
  readonly event: SessionEvent
}

/** What the shipper sees of a spool. */
export interface SpoolOutlet {
  /** Bytes not yet shipped, and the age in ms of the oldest of them. */
  backlog(): Backlog
  /** Synced events after the acknowledged place, at most `limit`, with the place to acknowledge. */
  pending(limit: number): Promise<{ events: SessionEvent[]; damaged: DamagedLine[]; position: Position }>
  /** Everything up to `position` is in the store (or set aside): the disk may be reclaimed. */
  acknowledge(position: Position): Promise<void>
  /** Calls `listener` whenever more has been synced. @returns stops it. */
  onSynced(listener: () => void): () => void
}

export interface Backlog {
  bytes: number
  oldest: number
}

export interface Position {
  segment: number
  offset: number
}

/** A line that is no event: bit rot, or someone's hand. Set aside, never shipped; `verify` names what is missing. */
export interface DamagedLine extends Position {
  line: string
}
