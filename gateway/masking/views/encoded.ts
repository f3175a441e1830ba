import { HEX } from './view.ts'

/**
 * Base64 (both alphabets) and hex inside text. Long runs are found by probing every fifteenth byte; a run is decoded
 * only if at some alignment it yields text, which ids and digests do not.
 */
export const MIN_RUN = 15

const SIX: Int16Array = (() => {
  const table = new Int16Array(256).fill(-1)
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
  for (let i = 0; i < 64; i++) table[alphabet.charCodeAt(i)] = i
  table[0x2d] = 62
  table[0x5f] = 63
  return table
})()

/** Bytes that plain text has: printable ASCII, tab, line ends. */
const TEXT: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) =>
  Number((byte >= 0x20 && byte < 0x7f) || byte === 9 || byte === 10 || byte === 13),
)

/** Takes what a run decodes to; `from`…`to` is the whole run in the original. */
export interface RunSink {
  /** Whether the whole run is hidden already. */
  hidden(from: number, to: number): boolean
  decoded(bytes: Buffer, from: number, to: number): void
}

export function decodedRuns(buf: Buffer, start: number, end: number, sink: RunSink): void {
  let left = start
  let i = start + MIN_RUN - 1
  while (i < end) {
    if (SIX[buf[i]!]! < 0) {
      i += MIN_RUN
      continue
    }
    let from = i
    let to = i + 1
    let digit = SIX[buf[i]!]!
    let least = digit
    while (from > left) {
      digit = SIX[buf[from - 1]!]!
      if (digit < 0) break
      if (digit < least) least = digit
      from--
    }
    while (to < end) {
      digit = SIX[buf[to]!]!
      if (digit < 0) break
      if (digit < least) least = digit
      to++
    }
    if (to - from >= MIN_RUN && !sink.hidden(from, to)) {
      const last = wrapped(buf, from, to, end)
      let padded = last
      while (padded < end && padded < last + 2 && buf[padded] === 0x3d) padded++
      if (last > to) {
        const compact = Buffer.from(buf.toString('latin1', from, last).replace(/[\r\n]/g, ''), 'latin1')
        base64Runs(compact, 0, compact.length, from, padded, sink)
      } else {
        hexRuns(buf, from, to, sink)
        // The first byte of text begins with a bit that is not set: a number is no base64 of text.
        if (least < 32) base64Runs(buf, from, to, from, padded, sink)
      }
      to = last
    }
    left = to
    i = to + MIN_RUN
  }
}

/** Base64 is often wrapped at 64 or 76 characters: the run goes on over the line end while its lines are that long. */
function wrapped(buf: Buffer, from: number, to: number, end: number): number {
  let line = to - from
  let at = to
  while (line >= 60 && line <= 78 && at < end) {
    let next = at
    if (buf[next] === 13) next++
    if (buf[next] !== 10) break
    next++
    const begin = next
    while (next < end && SIX[buf[next]!]! >= 0) next++
    if (next === begin) break
    line = next - begin
    at = next
  }
  return at
}

/** Every alignment, since a run may have something else glued before it. */
function base64Runs(buf: Buffer, start: number, end: number, from: number, to: number, sink: RunSink): void {
  for (let shift = 0; shift < 4; shift++)
    if (base64Text(buf, start + shift, end))
      sink.decoded(Buffer.from(buf.toString('latin1', start + shift, end), 'base64'), from, to)
}

/** Whether three groups of four in a row decode to text: chance does that once in several thousand. */
function base64Text(buf: Buffer, start: number, end: number): boolean {
  let row = 0
  for (let i = start; i + 4 <= end; i += 4) {
    const first = SIX[buf[i]!]!
    // The top bit of the first byte is that of the first digit: most runs that are no text fail here.
    if (first < 32) {
      const bits = (first << 18) | (SIX[buf[i + 1]!]! << 12) | (SIX[buf[i + 2]!]! << 6) | SIX[buf[i + 3]!]!
      if ((bits & 0x808080) === 0 && TEXT[bits >> 16] && TEXT[(bits >> 8) & 255] && TEXT[bits & 255]) {
        if (++row === 3) return true
        continue
      }
    }
    row = 0
  }
  return false
}

function hexRuns(buf: Buffer, start: number, end: number, sink: RunSink): void {
  for (let shift = 0; shift < 2; shift++) {
    let row = 0
    for (let i = start + shift; i + 2 <= end; i += 2) {
      const high = HEX[buf[i]!]!
      const low = high < 2 || high > 7 ? -1 : HEX[buf[i + 1]!]!
      if (low < 0) {
        // Line ends and tabs are text too, but no value holds eight bytes of them alone.
        if (row > 0 && high === 0 && blankLow(buf[i + 1]!)) continue
        row = 0
        continue
      }
      if (++row < 8) continue
      let from = i - 14
      while (from - 2 >= start && HEX[buf[from - 2]!]! >= 0 && HEX[buf[from - 1]!]! >= 0) from -= 2
      let to = i + 2
      while (to + 2 <= end && HEX[buf[to]!]! >= 0 && HEX[buf[to + 1]!]! >= 0) to += 2
      sink.decoded(Buffer.from(buf.toString('latin1', from, to), 'hex'), from, to)
      i = to - 2
      row = 0
    }
  }
}

const blankLow = (c: number) => c === 0x39 || c === 0x61 || c === 0x41 || c === 0x64 || c === 0x44
