import type { Clock } from './clock.ts'
import type { Random } from './random.ts'

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** A new id: 48 bits of time and 80 random bits in Crockford base 32 (the ULID form), so ids sort by time. */
export function newId(clock: Clock, random: Random): string {
  let time = clock.now()
  let head = ''
  for (let i = 0; i < 10; i++) {
    head = ALPHABET[time % 32]! + head
    time = Math.floor(time / 32)
  }
  const bytes = random.bytes(16)
  let tail = ''
  for (let i = 0; i < 16; i++) tail += ALPHABET[bytes[i]! & 31]
  return head + tail
}
