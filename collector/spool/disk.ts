import { closeSync, ftruncateSync, writeSync } from 'node:fs'
import { poolSync, type Syncer } from '../../core/syncer.ts'

/** Where the spool meets the operating system: the one place that can fail, and the one a test can make fail. */
export interface Disk {
  /** Writes all of `bytes` at `position`, or throws with part of it written. */
  write(fd: number, bytes: Uint8Array, position: number): void
  truncate(fd: number, length: number): void
  /** On another thread: the event loop goes on meanwhile. */
  sync(fd: number): Promise<void>
  close(fd: number): void
}

export const realDisk: Disk = {
  write(fd, bytes, position) {
    for (let done = 0; done < bytes.length; )
      done += writeSync(fd, bytes, done, bytes.length - done, position + done)
  },
  truncate: ftruncateSync,
  sync: poolSync,
  close: closeSync,
}

/** The same, where nobody waits for a sync. */
export const unhurried = (syncer: Syncer): Disk => ({ ...realDisk, sync: (fd) => syncer.sync(fd) })
