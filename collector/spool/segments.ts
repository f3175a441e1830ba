import {
  closeSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import type { SessionEvent } from '../../core/event.ts'
import { type ChainHead, chainHash } from '../audit/chain.ts'
import type { Position } from './spool.ts'

export const segmentFile = (directory: string, segment: number): string =>
  join(directory, `${String(segment).padStart(10, '0')}.ndjson`)

/** The segments in a directory, in order, with their sizes. */
export function listSegments(directory: string): Map<number, number> {
  const names = readdirSync(directory)
    .filter((name) => /^\d{10}\.ndjson$/.test(name))
    .sort()
  return new Map(names.map((name) => [Number.parseInt(name, 10), statSync(join(directory, name)).size]))
}

/** Replaces a small file whole or not at all. */
export function replaceFile(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600 })
  renameSync(`${file}.new`, file)
}

/** Makes new and removed names of a directory outlive a power cut. */
export function syncDirectory(directory: string): void {
  const fd = openSync(directory, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

/** An event, if the line is one whose hash is right. */
export function intactLine(line: string): SessionEvent | undefined {
  try {
    const event: SessionEvent = JSON.parse(line)
    return event.tracewarden.chain?.hash === chainHash(event) ? event : undefined
  } catch {
    return undefined
  }
}

export interface Recovery {
  /** The head of the last intact event, whichever chain it belongs to. */
  head: ChainHead | undefined
  /** Files into which torn ends were set aside. */
  torn: string[]
}

/**
 * After a crash: whatever follows the last intact line of the newest segment is set aside in a `.torn` file beside it.
 * Damage before that line is left where it is, for the shipper to report and `verify` to name.
 */
export function recover(directory: string): Recovery {
  const torn: string[] = []
  for (const segment of [...listSegments(directory).keys()].reverse()) {
    const file = segmentFile(directory, segment)
    const bytes = readFileSync(file)
    let end = bytes.lastIndexOf(10) + 1
    let event: SessionEvent | undefined
    while (end > 0 && !event) {
      const start = bytes.lastIndexOf(10, end - 2) + 1
      event = intactLine(bytes.toString('utf8', start, end - 1))
      if (!event) end = start
    }
    if (end < bytes.length) {
      const aside = `${file}.${end}.torn`
      writeFileSync(aside, bytes.subarray(end), { mode: 0o600 })
      truncateSync(file, end)
      torn.push(aside)
    }
    const chain = event?.tracewarden.chain
    if (event && chain)
      return { torn, head: { chain: chain.id, sequence: event.event.sequence ?? 0, hash: chain.hash } }
  }
  return { torn, head: undefined }
}

export const before = (a: Position, b: Position): boolean =>
  a.segment < b.segment || (a.segment === b.segment && a.offset < b.offset)
