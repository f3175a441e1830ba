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

/**
 * Fades what is known and adds a session's tokens, each with its count times `worth`; too many: the lightest go. In
 * flat arrays, as it happens at every session's end.
 */
export function learn(
  profile: Profile,
  counts: ReadonlyMap<number, number>,
  worth: number,
  keep: number,
): void {
  const { keys, weights } = profile
  const tokens = new Uint32Array(profile.used + counts.size)
  const sums = new Float64Array(tokens.length)
  const place = new Uint16Array(keys.length)
  let n = 0
  for (let i = 0; i < keys.length; i++) {
    if (keys[i] === 0) continue
    place[i] = n
    tokens[n] = keys[i]! - 1
    sums[n++] = weights[i]! * keep
  }
  counts.forEach((count, token) => {
    const i = slotOf(keys, token + 1)
    if (keys[i] !== 0) sums[place[i]!]! += count * worth
    else {
      tokens[n] = token
      sums[n++] = count * worth
    }
  })
  const kept: number[] = []
  for (let i = 0; i < n; i++) if (sums[i]! >= FAINT) kept.push(i)
  if (kept.length > LARGEST) {
    kept.sort((a, b) => sums[b]! - sums[a]! || tokens[a]! - tokens[b]!)
    kept.length = LARGEST
  }
  empty(profile, kept.length)
  for (const i of kept) put(profile, tokens[i]!, sums[i]!)
}

/** Makes room for so many tokens, and forgets those there were. */
function empty(profile: Profile, n: number): void {
  let size = SMALLEST
  while (size < n * 1.4) size *= 2
  if (profile.keys.length === size) {
    profile.keys.fill(0)
    profile.weights.fill(0)
  } else {
    profile.keys = new Uint32Array(size)
    profile.weights = new Float32Array(size)
  }
  profile.used = n
}

function put(profile: Profile, token: number, weight: number): void {
  const i = slotOf(profile.keys, token + 1)
  profile.keys[i] = token + 1
  // As it would be saved: a restart changes nothing.
  profile.weights[i] = UNBYTE[byteOf(weight)]!
}

export function rebuild(profile: Profile, kept: readonly (readonly [number, number])[]): void {
  empty(profile, kept.length)
  for (const [token, weight] of kept) put(profile, token, weight)
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
