import { CHANNELS, channelOf } from './tokens.ts'

/**
 * A user's habits: tokens in ascending order, each with the logarithm of its faded weight in a byte, the lightest
 * forgotten first. In memory five bytes a token, as it happens at every session's end; how it is saved: pack.ts.
 */
export interface Profile {
  tokens: Uint32Array
  weights: Uint8Array
  /** Sessions learned. */
  sessions: number
  /** ms of the first and last session learned. */
  first: number
  last: number
  /** Own sessions' log odds: faded count, mean, variance. */
  usual: { n: number; mean: number; variance: number }
}

export const LARGEST = 256
const FAINT = 0.06

export const emptyProfile = (): Profile => ({
  ...{ tokens: new Uint32Array(0), weights: new Uint8Array(0) },
  ...{ sessions: 0, first: 0, last: 0, usual: { n: 0, mean: 0, variance: 0 } },
})

/** 1…255 for weights of 0.04 to 2,600: steps of 4 %. */
export const WEIGHTS = Float64Array.from({ length: 256 }, (_, byte) => Math.exp(byte / 23) * 0.04)
const logOf = (weight: number) => Math.max(1, Math.min(255, Math.log(weight / 0.04) * 23))

/** Where a token stands, or the complement of where it would. */
function find(tokens: Uint32Array, token: number): number {
  let low = 0
  let high = tokens.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const there = tokens[middle]!
    if (there === token) return middle
    if (there < token) low = middle + 1
    else high = middle - 1
  }
  return ~low
}

export function weightOf({ tokens, weights }: Profile, token: number): number {
  const i = find(tokens, token)
  return i < 0 ? 0 : WEIGHTS[weights[i]!]!
}

/** Total weight by channel, and how many tokens. */
export interface Totals {
  weight: Float64Array
  kinds: Float64Array
}

export const noTotals = (): Totals => ({
  weight: new Float64Array(CHANNELS.length),
  kinds: new Float64Array(CHANNELS.length),
})

export function totals({ tokens, weights }: Profile, into: Totals): Totals {
  into.weight.fill(0)
  into.kinds.fill(0)
  for (let i = 0; i < tokens.length; i++) {
    const channel = channelOf(tokens[i]!)
    into.weight[channel]! += WEIGHTS[weights[i]!]!
    into.kinds[channel]!++
  }
  return into
}

/** Fades what is known and adds a session's tokens, each with its count times `worth`; too many: the lightest go. */
export function learn(
  profile: Profile,
  counts: ReadonlyMap<number, number>,
  worth: number,
  keep: number,
): void {
  const { tokens: before, weights: old } = profile
  const fresh: number[] = []
  // Plain arrays for what lives as long as this call: a typed one of this size is not on the heap, and dear to make.
  const added: number[] = new Array(before.length).fill(0)
  counts.forEach((count, token) => {
    const i = find(before, token)
    if (i >= 0) added[i]! += count * worth
    else if (count * worth >= FAINT) fresh.push(token)
  })
  fresh.sort((a, b) => a - b)
  const tokens: number[] = []
  const sums: number[] = []
  let next = 0
  for (let i = 0; i <= before.length; i++) {
    const until = before[i] ?? Infinity
    for (; next < fresh.length && fresh[next]! < until; next++) {
      tokens.push(fresh[next]!)
      sums.push(counts.get(fresh[next]!)! * worth)
    }
    if (i === before.length) break
    const sum = WEIGHTS[old[i]!]! * keep + added[i]!
    if (sum < FAINT) continue
    tokens.push(until)
    sums.push(sum)
  }
  const n = sums.length
  const least = n > LARGEST ? Float64Array.from(sums).sort()[n - LARGEST]! : 0
  let room = LARGEST
  for (let i = 0; i < n; i++) if (sums[i]! > least) room--
  profile.tokens = new Uint32Array(Math.min(n, LARGEST))
  profile.weights = new Uint8Array(profile.tokens.length)
  let kept = 0
  for (let i = 0; i < n; i++) {
    // Of equal ones that do not all fit, the first by token.
    if (sums[i]! < least || (sums[i]! === least && room-- <= 0)) continue
    profile.tokens[kept] = tokens[i]!
    profile.weights[kept++] = rounded(sums[i]!, tokens[i]!, profile.sessions)
  }
}

/** What was usual counts so much less. */
export function fadeAll(profile: Profile, keep: number): void {
  learn(profile, new Map(), 0, keep)
}

/**
 * To a byte, up or down as often as the fraction says, so that what is added a little at a time is not lost to
 * rounding; by a hash instead of chance, so that the same events give the same profile.
 */
function rounded(weight: number, token: number, session: number): number {
  const log = logOf(weight)
  let h = Math.imul(token ^ Math.imul(session + 1, 0x9e3779b1), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 15), 0xc2b2ae35)
  return Math.max(1, Math.min(255, Math.floor(log + ((h ^ (h >>> 13)) >>> 0) / 2 ** 32)))
}
