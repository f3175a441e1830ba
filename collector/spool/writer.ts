import { openSync } from 'node:fs'
import { openAside } from './aside.ts'
import type { Disk } from './disk.ts'
import { before, segmentFile, syncDirectory } from './segments.ts'
import type { Position } from './spool.ts'

/** Bytes that may be lost in a power cut: kept until a sync succeeds, because a failed sync may drop them silently. */
interface Unsynced {
  fd: number
  at: Position
  bytes: Uint8Array
}

/** The growing end of the spool: appends whole batches, begins segments, syncs. Knows bytes, not events. */
export interface Writer {
  /** Where the next byte goes. */
  readonly end: Position
  readonly synced: Position
  /** All of `bytes` or nothing. @throws what the disk says; nothing has changed then. */
  write(bytes: Uint8Array): void
  /** Everything written before the call is on the disk when it resolves. @throws what the disk says. */
  sync(): Promise<void>
  close(): void
}

export function openWriter(directory: string, disk: Disk, segmentSize: number, start: Position): Writer {
  let end = start
  let synced = start
  let fd: number | undefined
  let dirty = false
  let fresh = false
  let unsynced: Unsynced[] = []
  let failed = false
  const retired: number[] = []
  const aside = openAside(directory, disk)
  let syncing = false

  const current = (): number => {
    if (fd !== undefined && end.offset >= segmentSize) {
      retired.push(fd)
      fd = undefined
      end = { segment: end.segment + 1, offset: 0 }
    }
    if (fd === undefined) {
      fd = openSync(segmentFile(directory, end.segment), end.offset === 0 ? 'w' : 'r+', 0o600)
      fresh = true
    }
    return fd
  }
  const rewind = (target: number) => {
    disk.truncate(target, end.offset)
    dirty = false
  }

  const append = (target: number, bytes: Uint8Array) => {
    // A former failure whose remains could not be cut away: cut them now, or refuse again.
    if (dirty) rewind(target)
    try {
      dirty = true
      disk.write(target, bytes, end.offset)
      dirty = false
    } catch (error) {
      try {
        rewind(target)
      } catch {
        // stays dirty; the first error is the one to tell
      }
      throw error
    }
    unsynced.push({ fd: target, at: end, bytes })
    end = { segment: end.segment, offset: end.offset + bytes.length }
  }
  /** Never into a segment of its own: the places given out for these bytes are right after `end`. */
  const bringIn = () => {
    if (aside.bytes === 0) return
    append(fd ?? current(), Buffer.concat(aside.batches))
    aside.clear()
  }

  return {
    get end() {
      return aside.bytes === 0 ? end : { segment: end.segment, offset: end.offset + aside.bytes }
    },
    get synced() {
      return synced
    },
    write(bytes) {
      if (syncing || aside.bytes > 0) aside.write(bytes)
      else append(current(), bytes)
    },
    async sync() {
      bringIn()
      const goal = end
      const batch = unsynced
      const closing = retired.splice(0)
      unsynced = []
      syncing = true
      try {
        if (failed) for (const part of batch) disk.write(part.fd, part.bytes, part.at.offset)
        for (const each of new Set(batch.map((part) => part.fd))) await disk.sync(each)
        if (fresh) {
          fresh = false
          syncDirectory(directory)
        }
        failed = false
        for (const each of closing) disk.close(each)
        if (before(synced, goal)) synced = goal
      } catch (error) {
        failed = true
        unsynced = [...batch, ...unsynced]
        retired.unshift(...closing)
        throw error
      } finally {
        syncing = false
      }
      bringIn()
    },
    close() {
      aside.close()
      for (const each of [...retired.splice(0), ...(fd === undefined ? [] : [fd])]) disk.close(each)
      fd = undefined
    },
  }
}
