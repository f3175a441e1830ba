import { type CellMasker, type Piece, pieceOf } from '../../../masking/cells.ts'

/** An array of texts, element by element. What cannot be taken apart is NULL. */
export function maskArray(
  masker: CellMasker,
  buf: Buffer,
  start: number,
  end: number,
  binary: boolean,
): Piece | null | undefined {
  return binary ? binaryArray(masker, buf, start, end) : textArray(masker, buf.toString('utf8', start, end))
}

/** The next element’s takes its place. */
const bytesOf = ({ bytes, start, end }: Piece): Buffer => Buffer.from(bytes.subarray(start, end))

/** Header: dimensions, null flag, element type; length and lower bound of each dimension; then the elements. */
function binaryArray(masker: CellMasker, buf: Buffer, start: number, end: number): Piece | null | undefined {
  if (end - start < 12) return null
  const head = 12 + buf.readInt32BE(start) * 8
  if (head < 12 || start + head > end) return null
  const parts: Buffer[] = [buf.subarray(start, start + head)]
  let changed = false
  let at = start + head
  while (at < end) {
    if (at + 4 > end) return null
    const length = buf.readInt32BE(at)
    at += 4
    if (length > end - at) return null
    const masked = length < 0 ? undefined : masker.text(buf, at, at + length)
    if (masked !== undefined) changed = true
    const element =
      masked === undefined ? buf.subarray(at, at + Math.max(0, length)) : masked && bytesOf(masked)
    const size = Buffer.allocUnsafe(4)
    size.writeInt32BE(element === null || length < 0 ? -1 : element.length)
    parts.push(size)
    if (element && length >= 0) parts.push(element)
    at += Math.max(0, length)
  }
  if (!changed) return undefined
  const out = Buffer.concat(parts)
  // An element that became NULL must be announced.
  out.writeInt32BE(1, 4)
  return pieceOf(out)
}

const TOKEN = /\s*(?:("(?:[^"\\]|\\[\s\S])*")|([{}])|([^{},"\\\s](?:[^{},"\\]|\\[\s\S])*))\s*(,?)/y

/** `{a,"b,c",NULL,{…}}`: what is changed is printed quoted, the rest is copied. */
function textArray(masker: CellMasker, text: string): Piece | null | undefined {
  let at = /^(?:\[[-\d:[\]]+\]=)?/.exec(text)![0].length
  let out = text.slice(0, at)
  let changed = false
  while (at < text.length) {
    TOKEN.lastIndex = at
    const match = TOKEN.exec(text)
    if (!match) return null
    at = TOKEN.lastIndex
    const [whole, quoted, brace, bare] = match
    if (brace !== undefined || bare === 'NULL') {
      out += whole
      continue
    }
    const value = quoted === undefined ? (bare ?? '') : quoted.slice(1, -1)
    const bytes = Buffer.from(value.replace(/\\([\s\S])/g, '$1'))
    const masked = masker.text(bytes, 0, bytes.length)
    if (masked === undefined) out += whole
    else {
      changed = true
      out +=
        masked === null
          ? 'NULL'
          : `"${masked.bytes.toString('utf8', masked.start, masked.end).replace(/["\\]/g, '\\$&')}"`
      out += match[4] ?? ''
    }
  }
  return changed ? pieceOf(Buffer.from(out)) : undefined
}
