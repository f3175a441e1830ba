import type { Clock } from './clock.ts'
import type { Random } from './random.ts'

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** A new id: 48 bits of time and 80 random bits in Crockford base 32 (the ULID form), so ids sort by time. */
export const newId = (clock: Clock, random: Random): string =>
  timeOf(clock.now()) + tailOf(random.bytes(16), 0)

/** `newId` for the hot path: the time is written once a millisecond, randomness taken for many ids at once. */
export function idSource(clock: Clock, random: Random): () => string {
  let written = Number.NaN
  let head = ''
  let bytes: Buffer = Buffer.alloc(0)
  let used = 0
  return () => {
    const now = clock.now()
    if (now !== written) {
      head = timeOf(now)
      written = now
    }
    if (used === bytes.length) {
      bytes = random.bytes(16 * 64)
      used = 0
    }
    used += 16
    return head + tailOf(bytes, used - 16)
  }
}

function timeOf(ms: number): string {
  let time = ms
  let head = ''
  for (let i = 0; i < 10; i++) {
    head = ALPHABET[time % 32]! + head
    time = Math.floor(time / 32)
  }
  return head
}

function tailOf(bytes: Buffer, at: number): string {
  let tail = ''
  for (let i = at; i < at + 16; i++) tail += ALPHABET[bytes[i]! & 31]
  return tail
}
