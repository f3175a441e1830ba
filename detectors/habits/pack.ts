import { LARGEST } from './profile.ts'

/**
 * Tokens and their weights as text, under three bytes a token: gaps between tokens as Golomb–Rice codes (Rice 1979,
 * with so many low bits as fit the usual gap), a byte of weight each. Then base64.
 */
export function pack({ tokens, weights }: { tokens: Uint32Array; weights: Uint8Array }): string {
  const bits = lowBits(tokens.length, tokens.at(-1) ?? 0)
  const out = createWriter()
  out.put(tokens.length, 16)
  out.put(bits, 5)
  let before = 0
  for (let i = 0; i < tokens.length; i++) {
    const gap = tokens[i]! - before
    before = tokens[i]!
    for (let high = gap >>> bits; high > 0; high--) out.put(1, 1)
    out.put(0, 1)
    out.put(gap & ((1 << bits) - 1), bits)
    out.put(weights[i]!, 8)
  }
  return out.text()
}

/** @returns undefined where the text is none that was packed. */
export function unpack(text: string): { tokens: Uint32Array; weights: Uint8Array } | undefined {
  const bytes = Buffer.from(text, 'base64')
  let at = 0
  const take = (bits: number) => {
    let value = 0
    for (let i = 0; i < bits; i++, at++)
      value = (value << 1) | (((bytes[at >> 3] ?? 0) >> (7 - (at & 7))) & 1)
    return value
  }
  const n = take(16)
  const bits = take(5)
  if (n > LARGEST || bits > 24) return undefined
  const tokens = new Uint32Array(n)
  const weights = new Uint8Array(n)
  let token = 0
  for (let i = 0; i < n; i++) {
    let high = 0
    while (at < bytes.length * 8 && take(1) === 1) high++
    token += high * 2 ** bits + take(bits)
    tokens[i] = token
    weights[i] = take(8)
    if (at > bytes.length * 8 || (i > 0 && token <= tokens[i - 1]!)) return undefined
  }
  return { tokens, weights }
}

/** The gaps of channels that are empty are wide and few: what counts is the usual one. */
const lowBits = (n: number, last: number) =>
  n === 0 ? 0 : Math.max(0, Math.min(24, Math.floor(Math.log2(Math.max(1, last / n / 2)))))

function createWriter() {
  const bytes: number[] = []
  let held = 0
  let room = 8
  return {
    put(value: number, bits: number) {
      for (let i = bits - 1; i >= 0; i--) {
        held = (held << 1) | ((value >>> i) & 1)
        if (--room > 0) continue
        bytes.push(held)
        held = 0
        room = 8
      }
    },
    text() {
      return Buffer.from(room < 8 ? [...bytes, held << room] : bytes).toString('base64')
    },
  }
}
