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
 * The lines of a file, plain or gzip, in bounded memory, as many at once as were read at once: waiting for each would
 * cost more than reading it.
 * @throws TW_IMPORT_UNREADABLE where it cannot be opened or unpacked; what came before it has been given.
 */
export async function* lineBatches(file: string): AsyncGenerator<Line[]> {
  let line = 0
  try {
    for await (const texts of lines(await contents(file))) {
      if (line === 0) texts[0] = texts[0]?.replace(/^\ufeff/, '')
      yield texts.map((text) => ({ file, line: ++line, text }))
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

/** The same, one by one. */
export async function* linesOf(file: string): AsyncGenerator<Line> {
  for await (const batch of lineBatches(file)) yield* batch
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
async function* lines(stream: Readable): AsyncGenerator<(string | undefined)[]> {
  let parts: Buffer[] = []
  let held = 0
  const first = (rest: Buffer) => {
    const long = held + rest.length > LONGEST_LINE
    const text = long ? undefined : Buffer.concat([...parts, rest]).toString('utf8')
    parts = []
    held = 0
    return text
  }
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    const start = chunk.indexOf(10) + 1
    const end = chunk.lastIndexOf(10) + 1
    if (start > 0) {
      const texts: (string | undefined)[] = [first(chunk.subarray(0, start - 1))]
      // The rest is decoded at once: no byte of another character is that of a line's end.
      if (end > start) for (const text of chunk.toString('utf8', start, end - 1).split('\n')) texts.push(text)
      yield texts
    }
    held += chunk.length - end
    if (held > LONGEST_LINE) parts = []
    else if (end < chunk.length) parts.push(chunk.subarray(end))
  }
  if (held > 0) yield [first(Buffer.alloc(0))]
}
