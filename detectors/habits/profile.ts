import { channelOf } from './tokens.ts'

/**
 * A user's habits: tokens with faded weights, in a small open-addressing table, the lightest forgotten first. What is
 * saved is a byte of logarithm and three of token each, so that a profile stays near a kilobyte.
 */
export interface Profile {
  keys: Uint32Array
  weights: Float32Array
  used: number
  /** Sessions learned. */
  sessions: number
  /** ms of the first and last session learned. */
  first: number
  last: number
  /** Own sessions' scores: faded count, mean, variance. */
  usual: { n: number; mean: number; variance: number }
}

export const LARGEST = 160
const SMALLEST = 16
const FAINT = 0.06

export const emptyProfile = (): Profile => ({
  keys: new Uint32Array(SMALLEST),
  weights: new Float32Array(SMALLEST),
  ...{ used: 0, sessions: 0, first: 0, last: 0, usual: { n: 0, mean: 0, variance: 0 } },
})

const slotOf = (keys: Uint32Array, key: number) => {
  const mask = keys.length - 1
  let i = (Math.imul(key, 0x9e3779b1) >>> 0) & mask
  while (keys[i] !== 0 && keys[i] !== key) i = (i + 1) & mask
  return i
}

/** Keys are token + 1, as 0 is free. */
export function weightOf(profile: Profile, token: number): number {
  const i = slotOf(profile.keys, token + 1)
  return profile.keys[i] === 0 ? 0 : profile.weights[i]!
}

/** Total weight by channel. */
export function totals(profile: Profile, into: Float64Array): Float64Array {
  into.fill(0)
  const { keys, weights } = profile
  for (let i = 0; i < keys.length; i++) if (keys[i] !== 0) into[channelOf(keys[i]! - 1)]! += weights[i]!
  return into
}

export function* entries(profile: Profile): Iterable<readonly [token: number, weight: number]> {
  for (let i = 0; i < profile.keys.length; i++)
    if (profile.keys[i] !== 0) yield [profile.keys[i]! - 1, profile.weights[i]!]
}

/** Fades what is known and adds a session; too many tokens: the lightest go. */
export function learn(profile: Profile, counts: Iterable<readonly [number, number]>, keep: number): void {
  const merged = new Map<number, number>()
  for (const [token, weight] of entries(profile)) merged.set(token, weight * keep)
  for (const [token, weight] of counts) merged.set(token, (merged.get(token) ?? 0) + weight)
  let kept = [...merged].filter(([, weight]) => weight >= FAINT)
  if (kept.length > LARGEST) kept = kept.sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, LARGEST)
  rebuild(profile, kept)
}

export function rebuild(profile: Profile, kept: readonly (readonly [number, number])[]): void {
  let size = SMALLEST
  while (size < kept.length * 1.4) size *= 2
  profile.keys = new Uint32Array(size)
  profile.weights = new Float32Array(size)
  profile.used = kept.length
  for (const [token, weight] of kept) {
    const i = slotOf(profile.keys, token + 1)
    profile.keys[i] = token + 1
    // As it would be saved: a restart changes nothing.
    profile.weights[i] = UNBYTE[byteOf(weight)]!
  }
}

/** 1…255 for weights of 0.04 to 2,400: steps of 4 %. */
const byteOf = (weight: number) => Math.max(1, Math.min(255, Math.round(Math.log(weight / 0.04) * 23)))
const UNBYTE = Float64Array.from({ length: 256 }, (_, byte) => Math.exp(byte / 23) * 0.04)

export function pack(profile: Profile): string {
  const all = [...entries(profile)].sort((a, b) => a[0] - b[0])
  const bytes = Buffer.alloc(all.length * 4)
  for (const [i, [token, weight]] of all.entries()) {
    bytes.writeUIntBE(token, i * 4, 3)
    bytes.writeUInt8(byteOf(weight), i * 4 + 3)
  }
  return bytes.toString('base64')
}

export function unpack(text: string): (readonly [number, number])[] {
  const bytes = Buffer.from(text, 'base64')
  const n = Math.min(LARGEST, bytes.length >> 2)
  return Array.from({ length: n }, (_, i) => [
    bytes.readUIntBE(i * 4, 3),
    UNBYTE[bytes.readUInt8(i * 4 + 3)]!,
  ])
}
