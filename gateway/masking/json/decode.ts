import { HEX } from '../views/view.ts'
import { copy } from './edits.ts'

/** JSON's short escapes: letter → byte, 0 for none. */
const SHORT: Uint8Array = (() => {
  const table = new Uint8Array(256)
  const pairs: Readonly<Record<string, string>> = {
    '"': '"',
    '\\': '\\',
    '/': '/',
    b: '\b',
    f: '\f',
    n: '\n',
    r: '\r',
    t: '\t',
  }
  for (const [letter, byte] of Object.entries(pairs)) table[letter.charCodeAt(0)] = byte.charCodeAt(0)
  return table
})()

/** Bytes that stand for themselves inside a string. */
const PLAIN: Uint8Array = Uint8Array.from({ length: 256 }, (_, c) =>
  Number(c >= 0x20 && c !== 0x22 && c !== 0x5c),
)

/** What one step may need of scratch. */
export const ROOM = 16
export const OPEN = -1
export const BAD = -2
export type Decoded = 'closed' | 'open' | 'bad'

/** Decodes strings into scratch memory that is used again. */
export class Decoder {
  out: Buffer = Buffer.alloc(0)
  length = 0
  /** Where the closing quote is, or where decoding stopped. */
  stop = 0

  /** Begins a string: its first bytes, up to its first escape, stand for themselves. */
  begin(buf: Buffer, start: number, escapeAt: number): void {
    this.length = 0
    const size = escapeAt - start
    if (this.out.length < size + ROOM) this.grow(size)
    copy(buf, start, escapeAt, this.out, 0)
    this.length = size
  }

  /**
   * Decodes the inside of a string that begins at `start`; up to `escapeAt` it holds no escape.
   * @returns 'closed' at the quote, 'open' where the bytes end first, 'bad' at an invalid escape or control byte.
   */
  decode(buf: Buffer, start: number, escapeAt: number, end: number): Decoded {
    this.begin(buf, start, escapeAt)
    let { out } = this
    let o = this.length
    let i = escapeAt
    for (;;) {
      // Plain bytes in a loop of their own, as many as scratch has room for.
      const stop = Math.min(end, i + out.length - ROOM - o)
      while (i < stop && PLAIN[buf[i]!]) out[o++] = buf[i++]!
      this.length = o
      if (i >= end) return this.stopped(i, 'open')
      if (o >= out.length - ROOM) {
        out = this.grow(o)
        continue
      }
      const c = buf[i]!
      if (c !== 0x5c) return this.stopped(i, c === 0x22 ? 'closed' : 'bad')
      const next = this.escape(buf, i, end)
      if (next < 0) return this.stopped(i, next === OPEN ? 'open' : 'bad')
      i = next
      o = this.length
    }
  }

  /** Decodes the escape at `i` to the end of `out`. @returns where the next byte is, or OPEN or BAD. */
  escape(buf: Buffer, i: number, end: number): number {
    const { out } = this
    if (i + 1 >= end) return OPEN
    const letter = buf[i + 1]!
    const short = SHORT[letter]!
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

  stopped(at: number, result: Decoded): Decoded {
    this.stop = at
    return result
  }

  /** Larger scratch, of which the first bytes are kept. */
  grow(keep: number): Buffer {
    const larger = Buffer.allocUnsafeSlow(keep * 2 + 8192)
    this.out.copy(larger, 0, 0, Math.min(keep, this.length))
    this.out = larger
    return larger
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
  private readonly buf: Buffer
  private raw: number
  private decoded = 0

  constructor(buf: Buffer, start: number) {
    this.buf = buf
    this.raw = start
  }

  at(offset: number): number {
    const { buf } = this
    while (this.decoded < offset) {
      if (buf[this.raw] !== 0x5c) {
        this.raw++
        this.decoded++
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
