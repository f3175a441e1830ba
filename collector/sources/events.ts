import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { pipeline, type Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { parseEvent, type SessionEvent } from '../../core/event.ts'
import { fail } from '../errors.ts'

/** One line of a file of session events: the event, or why it is none. Lines count from 1. */
export type SourceLine =
  | { event: SessionEvent }
  | { problem: string; file: string; line: number; text: string }

/** A longer line is a problem, not an event; it is passed over without being held. */
export const LONGEST_LINE = 16 * 1024 ** 2

/**
 * Reads NDJSON files of session events (CONTRACT.md §1), plain or gzip (told by their first bytes), one after the
 * other, in bounded memory. Blank lines are passed over.
 * @throws TW_IMPORT_UNREADABLE where a file cannot be opened or unpacked; what came before it has been given.
 */
export async function* readEvents(paths: readonly string[]): AsyncGenerator<SourceLine> {
  for (const file of paths) {
    let line = 0
    try {
      for await (const text of lines(await contents(file))) {
        line++
        if (text === undefined) yield { problem: `longer than ${LONGEST_LINE} bytes`, file, line, text: '' }
        else if (text.trim() !== '')
          yield located(parseEvent(line === 1 ? text.replace(/^\ufeff/, '') : text), file, line, text)
      }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      throw fail(
        'TW_IMPORT_UNREADABLE',
        { file, reason: line ? `${reason} (after line ${line})` : reason },
        error,
      )
    }
  }
}

const located = (
  parsed: ReturnType<typeof parseEvent>,
  file: string,
  line: number,
  text: string,
): SourceLine => ('event' in parsed ? parsed : { ...parsed, file, line, text })

async function contents(file: string): Promise<Readable> {
  const handle = await open(file, 'r')
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0)
  await handle.close()
  const bytes = createReadStream(file, { highWaterMark: 256 * 1024 })
  const gzip = bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b
  // An error of the file or of its packing comes out of the last stream, where the reader waits.
  return gzip ? pipeline(bytes, createGunzip(), () => {}) : bytes
}

/** The lines of a stream; undefined for one that is too long. */
async function* lines(stream: Readable): AsyncGenerator<string | undefined> {
  let parts: Buffer[] = []
  let held = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    let start = 0
    for (let cut = chunk.indexOf(10); cut >= 0; cut = chunk.indexOf(10, start)) {
      held += cut - start
      yield held > LONGEST_LINE
        ? undefined
        : Buffer.concat([...parts, chunk.subarray(start, cut)]).toString('utf8')
      parts = []
      held = 0
      start = cut + 1
    }
    held += chunk.length - start
    if (held > LONGEST_LINE) parts = []
    else if (start < chunk.length) parts.push(chunk.subarray(start))
  }
  if (held > 0) yield held > LONGEST_LINE ? undefined : Buffer.concat(parts).toString('utf8')
}
