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

const sizeOf = (frame: Frame, meta: string) =>
  HEAD + Buffer.byteLength(frame.request) + Buffer.byteLength(meta) + (frame.data?.length ?? 0)

/** All frames in one buffer. */
export function encodeFrames(frames: readonly Frame[]): Buffer {
  const metas = frames.map(({ meta }) => (meta ? JSON.stringify(meta) : ''))
  let size = 0
  for (let i = 0; i < frames.length; i++) size += sizeOf(frames[i]!, metas[i]!)
  const out = Buffer.allocUnsafe(size)
  let at = 0
  for (let i = 0; i < frames.length; i++) at = encodeInto(out, at, frames[i]!, metas[i]!)
  return out
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
