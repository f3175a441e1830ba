import type { Frame } from './recording.ts'

/**
 * A frame on disk:
 *
 *   u32 length of what follows │ u8 kind │ f64 at │ u16 length of request │ u32 length of meta │ request │ meta │ data
 *
 * big-endian; request is UTF-8, meta JSON in UTF-8.
 */
const KINDS = ['request', 'response', 'body', 'end'] as const
const HEAD = 19
const PREFIX = 4
/** Longer than any frame a door writes; a larger length is damage. */
const LONGEST = 1024 ** 3

/** A UTF-16 unit is at most three bytes of UTF-8. */
const mostOf = (frame: Frame, meta: string) =>
  HEAD + 3 * (frame.request.length + meta.length) + (frame.data?.length ?? 0)

/** Frames, encoded one after another into memory that is used again. */
export class FrameWriter {
  #bytes = Buffer.allocUnsafeSlow(64 * 1024)
  #end = 0

  /** Of the memory held, bytes. */
  get size(): number {
    return this.#bytes.length
  }

  /** @returns how many bytes they take. */
  append(frames: readonly Frame[]): number {
    let end = this.#end
    for (const frame of frames) {
      const meta = frame.meta ? JSON.stringify(frame.meta) : ''
      const most = end + mostOf(frame, meta)
      if (most > this.#bytes.length) this.#grow(most, end)
      end = encodeInto(this.#bytes, end, frame, meta)
    }
    const taken = end - this.#end
    this.#end = end
    return taken
  }

  /** What was encoded since the last time; good until the next append. */
  take(): Buffer {
    const taken = this.#bytes.subarray(0, this.#end)
    this.#end = 0
    return taken
  }

  #grow(least: number, used: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(least, 2 * this.#bytes.length))
    this.#bytes.copy(grown, 0, 0, used)
    this.#bytes = grown
  }
}

function encodeInto(out: Buffer, start: number, frame: Frame, meta: string): number {
  const request = out.write(frame.request, start + HEAD)
  const metaAt = start + HEAD + request
  const metaLength = meta === '' ? 0 : out.write(meta, metaAt)
  let end = metaAt + metaLength
  if (frame.data) {
    out.set(frame.data, end)
    end += frame.data.length
  }
  out.writeUInt32BE(end - start - PREFIX, start)
  out.writeUInt8(KINDS.indexOf(frame.kind), start + 4)
  out.writeDoubleBE(frame.at, start + 5)
  out.writeUInt16BE(request, start + 13)
  out.writeUInt32BE(metaLength, start + 15)
  return end
}

const KEPT = 32
const LARGEST = 1024 ** 2

/** Recordings have a writer only while something waits for the end of the turn. */
export class FrameWriters {
  readonly #idle: FrameWriter[] = []

  take(): FrameWriter {
    return this.#idle.pop() ?? new FrameWriter()
  }

  give(writer: FrameWriter): void {
    if (this.#idle.length < KEPT && writer.size <= LARGEST) this.#idle.push(writer)
  }
}

/** Frames out of bytes that come in any pieces. */
export class FrameDecoder {
  #held: Buffer[] = []
  #size = 0
  #wanted = PREFIX

  /** Bytes of a frame that has not come to its end. */
  get pending(): number {
    return this.#size
  }

  /** The frames that are whole now. @throws RangeError on bytes that are no frames. */
  *push(chunk: Uint8Array): Iterable<Frame> {
    this.#held.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))
    this.#size += chunk.length
    if (this.#size < this.#wanted) return
    const bytes = this.#held.length === 1 ? this.#held[0]! : Buffer.concat(this.#held)
    let at = 0
    let next = PREFIX
    while (bytes.length - at >= PREFIX) {
      const length = bytes.readUInt32BE(at)
      if (length < HEAD - PREFIX || length > LONGEST) throw new RangeError('not a frame')
      next = PREFIX + length
      if (bytes.length - at < next) break
      yield decode(bytes.subarray(at, at + next))
      at += next
      next = PREFIX
    }
    this.#held = at < bytes.length ? [bytes.subarray(at)] : []
    this.#size = bytes.length - at
    this.#wanted = next
  }
}

function decode(bytes: Buffer): Frame {
  const kind = KINDS[bytes.readUInt8(4)]
  const requestEnd = HEAD + bytes.readUInt16BE(13)
  const metaEnd = requestEnd + bytes.readUInt32BE(15)
  if (kind === undefined || metaEnd > bytes.length) throw new RangeError('not a frame')
  const frame: Frame = { at: bytes.readDoubleBE(5), request: bytes.toString('utf8', HEAD, requestEnd), kind }
  if (metaEnd > requestEnd) frame.meta = JSON.parse(bytes.toString('utf8', requestEnd, metaEnd))
  if (metaEnd < bytes.length) frame.data = bytes.subarray(metaEnd)
  return frame
}
