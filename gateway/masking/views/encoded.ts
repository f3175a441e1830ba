import { HEX } from './view.ts'

/**
 * Base64 (both alphabets) and hex inside text. Long runs are found by probing every twelfth byte; a run is decoded
 * only if at some alignment it yields text, which ids and digests do not.
 */
export const MIN_RUN = 12

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

/** Calls back for each piece that decodes to something with text in it. `from`…`to` is the whole run in the original. */
export function decodedRuns(
  buf: Buffer,
  start: number,
  end: number,
  found: (decoded: Buffer, from: number, to: number) => void,
): void {
  let left = start
  let i = start + MIN_RUN - 1
  while (i < end) {
    if (SIX[buf[i]!]! < 0) {
      i += MIN_RUN
      continue
    }
    let from = i
    while (from > left && SIX[buf[from - 1]!]! >= 0) from--
    let to = i + 1
    while (to < end && SIX[buf[to]!]! >= 0) to++
    if (to - from >= MIN_RUN) {
      const last = wrapped(buf, from, to, end)
      let padded = last
      while (padded < end && padded < last + 2 && buf[padded] === 0x3d) padded++
      const compact =
        last > to
          ? Buffer.from(buf.toString('latin1', from, last).replace(/[\r\n]/g, ''), 'latin1')
          : undefined
      const report = (decoded: Buffer) => found(decoded, from, padded)
      if (compact) run(compact, 0, compact.length, report)
      else run(buf, from, to, report)
      if (!compact) hexText(buf, from, to, found)
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

function run(buf: Buffer, from: number, to: number, found: (decoded: Buffer) => void): void {
  for (let shift = 0; shift < 4; shift++)
    if (base64Text(buf, from + shift, to))
      found(Buffer.from(buf.toString('latin1', from + shift, to), 'base64'))
}

/** Whether three groups of four in a row decode to text: chance does that once in several thousand. */
function base64Text(buf: Buffer, start: number, end: number): boolean {
  let row = 0
  for (let i = start; i + 4 <= end; i += 4) {
    const bits =
      (SIX[buf[i]!]! << 18) | (SIX[buf[i + 1]!]! << 12) | (SIX[buf[i + 2]!]! << 6) | SIX[buf[i + 3]!]!
    if ((bits & 0x808080) === 0 && TEXT[bits >> 16] && TEXT[(bits >> 8) & 255] && TEXT[bits & 255]) {
      if (++row === 3) return true
    } else row = 0
  }
  return false
}

function hexText(
  buf: Buffer,
  start: number,
  end: number,
  found: (decoded: Buffer, from: number, to: number) => void,
): void {
  for (let shift = 0; shift < 2; shift++) {
    let row = 0
    for (let i = start + shift; i + 2 <= end; i += 2) {
      const high = HEX[buf[i]!]!
      const low = HEX[buf[i + 1]!]!
      if (high < 0 || low < 0 || !TEXT[high * 16 + low]) {
        row = 0
        continue
      }
      if (++row < 8) continue
      const from = i - 14
      let to = i + 2
      while (to + 2 <= end && HEX[buf[to]!]! >= 0 && HEX[buf[to + 1]!]! >= 0) to += 2
      found(Buffer.from(buf.toString('latin1', from, to), 'hex'), from, to)
      i = to - 2
      row = 0
    }
  }
}
