import { nextBit, type Survey } from '../scan/survey.ts'
import type { Engine } from '../scan/wasm/engine.ts'
import { WINDOW } from '../scan/wasm/kernels.ts'
import { HEX } from '../views/view.ts'
import { copy } from './edits.ts'
import { SHORT_ESCAPES } from './escapes.ts'

/** Bytes that stand for themselves inside a string. */
const PLAIN: Uint8Array = Uint8Array.from({ length: 256 }, (_, c) =>
  Number(c >= 0x20 && c !== 0x22 && c !== 0x5c),
)

/** What one step may need of scratch. */
const ROOM = 16
const OPEN = -1
const BAD = -2
const CLOSED = -3
/** Strings that go on beyond this many bytes are decoded by the engine, first in a piece of this length. */
const LONG = 32
const PIECE = 2048
export type Decoded = 'closed' | 'open' | 'bad'
const RESULTS: readonly Decoded[] = ['open', 'open', 'bad', 'closed']

/** Decodes strings into scratch memory that is used again. */
export class Decoder {
  out: Buffer = Buffer.alloc(0)
  length = 0
  /** Where the closing quote is, or where decoding stopped. */
  stop = 0

  private readonly engine: Engine

  constructor(engine: Engine) {
    this.engine = engine
  }

  /**
   * Decodes the inside of a string that begins at `start`; up to `escapeAt` it holds no escape.
   * @returns 'closed' at the quote, 'open' where the bytes end first, 'bad' at an invalid escape or control byte.
   */
  decode(buf: Buffer, start: number, escapeAt: number, end: number): Decoded {
    this.length = 0
    this.reserve(escapeAt - start)
    copy(buf, start, escapeAt, this.out, 0)
    this.length = escapeAt - start
    return this.first(buf, escapeAt, Math.min(end, escapeAt + LONG), end)
  }

  /** Byte by byte up to `to`: a short string is soon done. */
  private first(buf: Buffer, i: number, to: number, end: number): Decoded {
    this.reserve(to - i)
    const { out } = this
    let o = this.length
    for (;;) {
      while (i < to && PLAIN[buf[i]!]) out[o++] = buf[i++]!
      this.length = o
      if (i >= to) return i >= end ? this.stopped(i, 'open') : this.rest(buf, i, end)
      const next = this.special(buf, i, end)
      if (next < 0) return this.stopped(i, RESULTS[-next]!)
      i = next
      o = this.length
    }
  }

  /** Piece by piece, each larger than the one before: it is not known how far the string goes. */
  private rest(buf: Buffer, i: number, end: number): Decoded {
    const { engine } = this
    for (let size = PIECE; i < end; size = Math.min(size * 4, WINDOW)) {
      const to = Math.min(end, i + size)
      engine.take(buf, i, to)
      this.reserve(to - i)
      const from = i
      while (i < to) {
        i = from + engine.decode(i - from, this.out, this.length)
        this.length += engine.decoded
        if (i >= to) break
        const next = this.special(buf, i, end)
        if (next < 0) return this.stopped(i, RESULTS[-next]!)
        i = next
      }
    }
    return this.stopped(i, 'open')
  }

  /** What does not stand for itself: an escape is decoded. @returns where the next byte is, or CLOSED, OPEN or BAD. */
  private special(buf: Buffer, i: number, end: number): number {
    const c = buf[i]!
    return c === 0x5c ? this.escape(buf, i, end) : c === 0x22 ? CLOSED : BAD
  }

  private escape(buf: Buffer, i: number, end: number): number {
    const { out } = this
    if (i + 1 >= end) return OPEN
    const letter = buf[i + 1]!
    const short = SHORT_ESCAPES[letter]!
    if (short !== 0) {
      out[this.length++] = short
      return i + 2
    }
    if (letter !== 0x75) return BAD
    if (i + 6 > end) return OPEN
    const point = unit(buf, i + 2)
    if (point < 0) return BAD
    const after = i + 6
    if (point < 0x80) out[this.length++] = point
    else if (point < 0xd800 || point >= 0xe000) this.length = put(out, this.length, point)
    else {
      if (point < 0xdc00 && after + 6 > end && open(buf, after, end)) return OPEN
      const pair = point < 0xdc00 && after + 6 <= end && buf[after] === 0x5c && buf[after + 1] === 0x75
      const low = pair ? unit(buf, after + 2) : -1
      if (low >= 0xdc00 && low < 0xe000) {
        this.length = put(out, this.length, 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00))
        return after + 6
      }
      this.length = put(out, this.length, 0xfffd)
    }
    return after
  }

  private stopped(at: number, result: Decoded): Decoded {
    this.stop = at
    return result
  }

  /** Room for as many bytes more. */
  private reserve(size: number): void {
    if (this.out.length >= this.length + size + ROOM) return
    const larger = Buffer.allocUnsafeSlow((this.length + size) * 2 + 4096)
    this.out.copy(larger, 0, 0, this.length)
    this.out = larger
  }
}

/** Whether more bytes could still make the escape at `i` the second half of a pair. */
const open = (buf: Buffer, i: number, end: number) =>
  i >= end || (buf[i] === 0x5c && (i + 1 >= end || buf[i + 1] === 0x75))

function unit(buf: Buffer, at: number): number {
  const a = HEX[buf[at]!]!
  const b = HEX[buf[at + 1]!]!
  const c = HEX[buf[at + 2]!]!
  const d = HEX[buf[at + 3]!]!
  return (a | b | c | d) < 0 ? -1 : (a << 12) | (b << 8) | (c << 4) | d
}

function put(out: Buffer, o: number, point: number): number {
  if (point < 0x800) {
    out[o++] = 0xc0 | (point >> 6)
  } else {
    if (point < 0x10000) out[o++] = 0xe0 | (point >> 12)
    else {
      out[o++] = 0xf0 | (point >> 18)
      out[o++] = 0x80 | ((point >> 12) & 63)
    }
    out[o++] = 0x80 | ((point >> 6) & 63)
  }
  out[o++] = 0x80 | (point & 63)
  return o
}

/** Walks an escaped string to say where decoded offsets stand in it; offsets must not go down. */
export class Walker {
  private readonly survey: Survey
  private raw: number
  private decoded = 0

  /** `survey`: of the document that holds the string. */
  constructor(survey: Survey, start: number) {
    this.survey = survey
    this.raw = start
  }

  at(offset: number): number {
    const { survey } = this
    const { buf } = survey
    while (this.decoded < offset) {
      if (buf[this.raw] !== 0x5c) {
        const { stops } = survey.cover(this.raw)
        const { from, to } = survey
        const limit = Math.min(to, this.raw + offset - this.decoded)
        const next = from + nextBit(stops, this.raw - from + 1, limit - from)
        this.decoded += next - this.raw
        this.raw = next
      } else if (buf[this.raw + 1] !== 0x75) {
        this.raw += 2
        this.decoded++
      } else {
        const point = unit(buf, this.raw + 2)
        const low =
          point >= 0xd800 && point < 0xdc00 && buf[this.raw + 6] === 0x5c ? unit(buf, this.raw + 8) : -1
        const pair = low >= 0xdc00 && low < 0xe000 && buf[this.raw + 7] === 0x75
        this.raw += pair ? 12 : 6
        this.decoded += pair ? 4 : point < 0x80 ? 1 : point < 0x800 ? 2 : 3
      }
    }
    return this.raw
  }
}
