const LITERALS = ['true', 'false', 'null'].map((text) => Buffer.from(text))
const LONGEST = 4096

/** The length of `true`, `false` or `null` at `at`; −1 if the bytes end too early to tell, −2 if it is none of them. */
export function literalLength(buf: Buffer, at: number, end: number): number {
  for (const literal of LITERALS) {
    if (buf[at] !== literal[0]) continue
    for (let i = 1; i < literal.length; i++) {
      if (at + i >= end) return -1
      if (buf[at + i] !== literal[i]) return -2
    }
    return literal.length
  }
  return -2
}

const digit = (c: number | undefined) => c !== undefined && c >= 0x30 && c <= 0x39

/** Where the number that begins at `start` ends (RFC 8259 §6); −1 if it may go on beyond the bytes, −2 if it is none. */
export function numberEnd(buf: Buffer, start: number, end: number, final: boolean): number {
  let i = start
  if (buf[i] === 0x2d) i++
  if (i >= end) return -1
  if (buf[i] === 0x30) i++
  else {
    const first = i
    while (i < end && digit(buf[i])) i++
    if (i === first) return -2
  }
  if (i < end && buf[i] === 0x2e) {
    const first = ++i
    while (i < end && digit(buf[i])) i++
    if (i >= end && i === first) return -1
    if (i === first) return -2
  }
  if (i < end && (buf[i] === 0x65 || buf[i] === 0x45)) {
    i++
    if (i < end && (buf[i] === 0x2b || buf[i] === 0x2d)) i++
    const first = i
    while (i < end && digit(buf[i])) i++
    if (i >= end && i === first) return -1
    if (i === first) return -2
  }
  if (i - start > LONGEST) return -2
  return i >= end && !final ? -1 : i
}
