import { z } from 'zod'
import { short } from './round.ts'

/**
 * How old the traces are that a user reads: a faded histogram of log10(age in days). From it median and the upper
 * median absolute deviation, which a few odd reads cannot move. Bins are 0.2 wide: a factor of 1.6.
 */
const LOWEST = -3
const WIDTH = 0.2
export const AGE_BINS = 36

/** `[bin, weight]`, only bins that hold something. */
export const agesState = z.object({
  bins: z.array(z.tuple([z.number(), z.number()])),
  n: z.number(),
  first: z.number(),
  last: z.number(),
})
export type Ages = z.infer<typeof agesState>
export const noAges = (): Ages => ({ bins: [], n: 0, first: 0, last: 0 })

export const ageBin = (days: number): number =>
  Math.min(AGE_BINS - 1, Math.max(0, Math.floor((Math.log10(Math.max(days, 1e-9)) - LOWEST) / WIDTH)))
/** log10(days) at the middle of a bin. */
export const binAge = (bin: number): number => LOWEST + (bin + 0.5) * WIDTH

export function agesVector(ages: Ages): Float64Array {
  const vector = new Float64Array(AGE_BINS)
  for (const [bin, weight] of ages.bins) vector[bin] = weight
  return vector
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
  ages.n = short(ages.bins.reduce((sum, [, weight]) => sum + weight, 0))
  if (!ages.first) ages.first = at
  ages.last = Math.max(ages.last, at)
}

/** After a change of role: below what counts as known. */
export function renewAges(ages: Ages): void {
  ages.bins = ages.bins
    .map(([bin, weight]): [number, number] => [bin, short(weight * 0.02)])
    .filter(([, w]) => w >= 0.02)
  ages.n = short(ages.bins.reduce((sum, [, weight]) => sum + weight, 0))
}
