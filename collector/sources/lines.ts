import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { pipeline, type Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { fail } from '../errors.ts'

/** A longer line is a problem, not a record; it is passed over without being held. */
export const LONGEST_LINE = 16 * 1024 ** 2

/** One line of a file; `text` is undefined for one that is too long. Lines count from 1. */
export interface Line {
  file: string
  line: number
  text: string | undefined
}

/**
 * The lines of a file, plain or gzip, in bounded memory.
 * @throws TW_IMPORT_UNREADABLE where it cannot be opened or unpacked; what came before it has been given.
 */
export async function* linesOf(file: string): AsyncGenerator<Line> {
  let line = 0
  try {
    for await (const text of lines(await contents(file))) {
      line++
      yield { file, line, text: line === 1 ? text?.replace(/^\ufeff/, '') : text }
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

/** The bytes of a file, unpacked where it is gzip (told by its first bytes). */
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
