import { readFileSync, rmSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import type { SessionEvent } from '../../core/event.ts'
import { fail } from '../errors.ts'
import { before, listSegments, replaceFile, segmentFile } from './segments.ts'
import type { DamagedLine, Position } from './spool.ts'

/** The file that remembers the acknowledged place. */
export const PLACE = 'acknowledged.json'

const CHUNK = 1024 ** 2
/** Most bytes of one batch: the store's requests stay of a bearable size. */
const BATCH = 8 * CHUNK

/** The shipped end of the spool: reads on from the acknowledged place, remembers it, gives the disk back. */
export interface Reader {
  readonly acknowledged: Position
  /** Whole lines between the acknowledged place and `end`, at most `limit`. */
  read(
    limit: number,
    end: Position,
  ): Promise<{ events: SessionEvent[]; damaged: DamagedLine[]; position: Position }>
  /** @throws TW_SPOOL_UNWRITABLE where the place cannot be remembered: after a restart it is shipped twice. */
  acknowledge(position: Position): void
  /** Takes over the place that a collector in another process has acknowledged. */
  reload(): Position
  close(): Promise<void>
}

export function openReader(directory: string): Reader {
  const placeFile = join(directory, PLACE)
  let place = storedPlace(placeFile, directory)
  let handle: { segment: number; file: FileHandle } | undefined

  const open_ = async (segment: number): Promise<FileHandle> => {
    if (handle?.segment === segment) return handle.file
    await handle?.file.close()
    handle = undefined
    const file = await open(segmentFile(directory, segment), 'r')
    handle = { segment, file }
    return file
  }

  return {
    get acknowledged() {
      return place
    },
    async read(limit, end) {
      const events: SessionEvent[] = []
      const damaged: DamagedLine[] = []
      let at = place
      let bytes = 0
      while (events.length < limit && bytes < BATCH && before(at, end)) {
        try {
          const file = await open_(at.segment)
          const stop = at.segment < end.segment ? (await file.stat()).size : end.offset
          if (at.offset >= stop) {
            at = { segment: at.segment + 1, offset: 0 }
            continue
          }
          const chunk = await lines(file, at.offset, stop)
          let start = 0
          for (
            let cut = chunk.indexOf(10);
            cut >= 0 && events.length < limit;
            cut = chunk.indexOf(10, start)
          ) {
            const line = chunk.toString('utf8', start, cut)
            const event = parsed(line)
            if (event) events.push(event)
            else damaged.push({ segment: at.segment, offset: at.offset + start, line })
            start = cut + 1
          }
          bytes += start
          at = { segment: at.segment, offset: at.offset + start }
        } catch (error) {
          if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT'))
            throw fail(
              'TW_SPOOL_DAMAGED',
              { place: `segment ${at.segment}`, reason: error instanceof Error ? error.message : '' },
              error,
            )
          damaged.push({ segment: at.segment, offset: at.offset, line: '' })
          at = { segment: at.segment + 1, offset: 0 }
        }
      }
      return { events, damaged, position: at }
    },
    acknowledge(position) {
      if (!before(place, position)) return
      place = position
      // The segment of the last acknowledged event stays: the head of the chain is read from it after a restart.
      for (const segment of listSegments(directory).keys())
        if (segment < place.segment) rmSync(segmentFile(directory, segment), { force: true })
      try {
        replaceFile(placeFile, JSON.stringify(place))
      } catch (error) {
        throw fail('TW_SPOOL_UNWRITABLE', { reason: error instanceof Error ? error.message : '' }, error)
      }
    },
    reload() {
      const stored = storedPlace(placeFile, directory)
      if (before(place, stored)) place = stored
      return place
    },
    async close() {
      await handle?.file.close()
      handle = undefined
    },
  }
}

/** Whole lines from `from`, about a chunk of them; a line that never ends is given up as one damaged line. */
async function lines(file: FileHandle, from: number, stop: number): Promise<Buffer> {
  for (let size = CHUNK; ; size *= 4) {
    const want = Math.min(size, stop - from)
    const buffer = Buffer.alloc(want)
    const { bytesRead } = await file.read(buffer, 0, want, from)
    const whole = buffer.subarray(0, bytesRead).lastIndexOf(10) + 1
    if (whole > 0) return buffer.subarray(0, whole)
    if (bytesRead < want || want === stop - from)
      return Buffer.concat([buffer.subarray(0, bytesRead), NEWLINE])
  }
}
const NEWLINE = Buffer.from('\n')

function parsed(line: string): SessionEvent | undefined {
  try {
    const event: SessionEvent = JSON.parse(line)
    return typeof event.event.id === 'string' && event.tracewarden.session.id ? event : undefined
  } catch {
    return undefined
  }
}

/** Lost or damaged, the place is the beginning: what is shipped twice is stored once. */
function storedPlace(file: string, directory: string): Position {
  const first = { segment: [...listSegments(directory).keys()][0] ?? 1, offset: 0 }
  try {
    const place: Partial<Position> = JSON.parse(readFileSync(file, 'utf8'))
    const { segment, offset } = place
    if (typeof segment !== 'number' || typeof offset !== 'number') return first
    return before(first, { segment, offset }) ? { segment, offset } : first
  } catch {
    return first
  }
}
