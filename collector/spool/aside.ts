import { appendFileSync, existsSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ChainHead } from '../audit/chain.ts'
import type { Disk } from './disk.ts'
import { intactLine, listSegments, segmentFile } from './segments.ts'

/**
 * A write waits for a sync of the same file: one in a hundred, some for tens of milliseconds, with the event loop.
 * So what comes while the growing segment is synced is written *aside*, and into the segment once the sync is done.
 * The file is used again from its start and never synced: a killed process finds here what its segments lack.
 */
const FILE = 'aside'

export interface Aside {
  /** Batches that stand here and not yet in a segment. */
  readonly batches: readonly Uint8Array[]
  readonly bytes: number
  /** @throws what the disk says; nothing is kept of these bytes then. */
  write(bytes: Uint8Array): void
  /** They stand in a segment now. */
  clear(): void
  close(): void
}

/** Forgets what an earlier process left: recover it first. */
export function openAside(directory: string, disk: Disk): Aside {
  const fd = openSync(join(directory, FILE), 'w', 0o600)
  let batches: Uint8Array[] = []
  let bytes = 0
  return {
    get batches() {
      return batches
    },
    get bytes() {
      return bytes
    },
    write(batch) {
      disk.write(fd, batch, bytes)
      batches.push(batch)
      bytes += batch.length
    },
    clear() {
      batches = []
      bytes = 0
    },
    close: () => disk.close(fd),
  }
}

/**
 * After a crash: what stood aside and continues the chain after `head` goes to the end of the newest segment; lines of
 * earlier turns are passed over. @returns the chain's new head.
 */
export function bringIn(directory: string, head: ChainHead): ChainHead {
  const file = join(directory, FILE)
  const newest = [...listSegments(directory).keys()].at(-1)
  if (newest === undefined || !existsSync(file)) return head
  let text = ''
  let last = head
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const event = intactLine(line)
    const chain = event?.tracewarden.chain
    if (!event || chain?.id !== last.chain || chain.prev !== last.hash) continue
    text += `${line}\n`
    last = { chain: chain.id, sequence: event.event.sequence ?? 0, hash: chain.hash }
  }
  if (text !== '') appendFileSync(segmentFile(directory, newest), text, { flush: true })
  return last
}
