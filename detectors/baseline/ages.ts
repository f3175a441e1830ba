import { z } from 'zod'
import type { Sums } from '../engine/population.ts'
import { short } from './round.ts'

/**
 * How old the traces are that a user reads: a faded histogram of log10(age in days). From it median and the upper
 * median absolute deviation, which a few odd reads cannot move. Bins are 0.2 wide: a factor of 1.6.
 */
const LOWEST = -3
const WIDTH = 0.2
export const AGE_BINS = 36

/** Sparse: only bins that hold something. */
const sparse = z.array(z.tuple([z.number(), z.number()]))

export const agesState = z.object({
  /** `[bin, weight of reads]`. */
  bins: sparse,
  /** `[bin, days whose oldest read lay in it]`, and all days. */
  oldest: sparse.default([]),
  days: z.number().default(0),
  n: z.number(),
  first: z.number(),
  last: z.number(),
})
export type Ages = z.infer<typeof agesState>
export const noAges = (): Ages => ({ bins: [], oldest: [], days: 0, n: 0, first: 0, last: 0 })

export const ageBin = (days: number): number =>
  Math.min(AGE_BINS - 1, Math.max(0, Math.floor((Math.log10(Math.max(days, 1e-9)) - LOWEST) / WIDTH)))
/** log10(days) at the middle of a bin. */
export const binAge = (bin: number): number => LOWEST + (bin + 0.5) * WIDTH

/** Weights by bin, days by oldest bin, days. */
export const AGES_WIDTH = 2 * AGE_BINS + 1
export function agesVector(ages: Ages): Float64Array {
  const vector = new Float64Array(AGES_WIDTH)
  for (const [bin, weight] of ages.bins) vector[bin] = weight
  for (const [bin, days] of ages.oldest) vector[AGE_BINS + bin] = days
  vector[2 * AGE_BINS] = ages.days
  return vector
}

/** What is usual beyond each age: how often a day reaches it at all, and how much is then read from beyond it. */
export interface Reach {
  often: readonly number[]
  much: readonly number[]
}

/** Days that the prior is worth: the peers' for a user, everyone's for the peers, a guess for everyone. */
const OWN = 6
const PEERS = 40
const ALL = 20

/**
 * By bin, as far as the user's own past (`own`: its vector) goes, else as the peers', else as everyone's. How much is in proportion to
 * what the user reads on a day: who reads ten times as much digs ten times as much.
 */
export function reachOf(ages: Ages, own: ArrayLike<number>, peers: Sums, everyone: Sums): Reach {
  const often: number[] = new Array(AGE_BINS).fill(0)
  const much: number[] = new Array(AGE_BINS).fill(0)
  let [reads, days, groupReads, groupDays, everyReads, everyDays] = [0, 0, 0, 0, 0, 0]
  const [peerDays, allDays] = [peers.at(2 * AGE_BINS), everyone.at(2 * AGE_BINS)]
  let [peerReads, allReads] = [0, 0]
  for (let bin = 0; bin < AGE_BINS; bin++) {
    peerReads += peers.at(bin)
    allReads += everyone.at(bin)
  }
  const usual = (allReads + 100) / (allDays + 20)
  const groupUsual = (peerReads + 10 * usual) / (peerDays + 10)
  const ownUsual = (ages.n + 3 * groupUsual) / (ages.days + 3)
  for (let bin = AGE_BINS - 1; bin >= 0; bin--) {
    reads += own[bin]!
    days += own[AGE_BINS + bin]!
    groupReads += peers.at(bin)
    groupDays += peers.at(AGE_BINS + bin)
    everyReads += everyone.at(bin)
    everyDays += everyone.at(AGE_BINS + bin)
    const all = (everyDays + 0.02) / (allDays + ALL)
    const group = (groupDays + PEERS * all) / (peerDays + PEERS)
    often[bin] = Math.min(1, (days + OWN * group) / (ages.days + OWN))
    // Reads beyond it on a day that has any, as a share of an ordinary day's.
    const allShare = (everyReads + 1.5) / (everyDays + 3) / usual
    const groupShare = (groupReads / groupUsual + 3 * allShare) / (groupDays + 3)
    much[bin] = ownUsual * ((reads / ownUsual + 2 * groupShare) / (days + 2))
  }
  return { often, much }
}

export interface Spread {
  /** log10(days). */
  median: number
  /** Scale of one deviation above the median, in log10(days). */
  scale: number
  n: number
}

/** Least deviation, so that somebody who reads only today's traces may read last week's. */
const FLOOR = 0.4

/** Median and upper MAD (× 1.4826) of a histogram over bins. */
export function spread(weights: ArrayLike<number>): Spread {
  let n = 0
  for (let i = 0; i < AGE_BINS; i++) n += Math.max(0, weights[i] ?? 0)
  const median = quantile(weights, n / 2)
  let above = 0
  for (let i = 0; i < AGE_BINS; i++) if (binAge(i) > median) above += Math.max(0, weights[i] ?? 0)
  const upper = quantile(weights, n - above / 2)
  return { median, scale: Math.max(FLOOR, (upper - median) * 1.4826), n }
}

function quantile(weights: ArrayLike<number>, rank: number): number {
  let seen = 0
  for (let i = 0; i < AGE_BINS; i++) {
    const weight = Math.max(0, weights[i] ?? 0)
    if (seen + weight >= rank && weight > 0) return LOWEST + (i + (rank - seen) / weight) * WIDTH
    seen += weight
  }
  return 0
}

export function learnAges(
  ages: Ages,
  bins: readonly (readonly [number, number])[],
  keep: number,
  at: number,
): void {
  const merged = new Map(ages.bins.map(([bin, weight]) => [bin, weight * keep]))
  for (const [bin, weight] of bins) merged.set(bin, (merged.get(bin) ?? 0) + weight)
  ages.bins = [...merged]
    .map(([bin, weight]): [number, number] => [bin, short(weight)])
    .filter(([, weight]) => weight >= 0.02)
    .sort((a, b) => a[0] - b[0])
  const oldest = bins.length ? Math.max(...bins.map(([bin]) => bin)) : undefined
  ages.oldest = faded(ages.oldest, keep, oldest)
  ages.days = short(ages.days * keep + (oldest === undefined ? 0 : 1))
  ages.n = short(ages.bins.reduce((sum, [, weight]) => sum + weight, 0))
  if (!ages.first) ages.first = at
  ages.last = Math.max(ages.last, at)
}

/** Fades a sparse histogram, and adds one to a bin. */
function faded(histogram: Ages['oldest'], keep: number, one?: number): Ages['oldest'] {
  const next = histogram
    .map(([bin, weight]): [number, number] => [bin, short(weight * keep + (bin === one ? 1 : 0))])
    .filter(([, weight]) => weight >= 0.02)
  if (one !== undefined && !histogram.some(([bin]) => bin === one)) next.push([one, 1])
  return next
}

/** After a change of role: below what counts as known. */
export function renewAges(ages: Ages): void {
  ages.bins = ages.bins
    .map(([bin, weight]): [number, number] => [bin, short(weight * 0.02)])
    .filter(([, w]) => w >= 0.02)
  ages.n = short(ages.bins.reduce((sum, [, weight]) => sum + weight, 0))
  ages.oldest = faded(ages.oldest, 0.02)
  ages.days = short(ages.days * 0.02)
}
