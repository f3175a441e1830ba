import { z } from 'zod'

/**
 * Turns a detector's surprise (nats, or any score that grows with it) into how often a whole company's user-day shows
 * at least as much. The model's tail is trusted only as far as it was seen to hold: beyond `knee` an exponential tail
 * (the generalised Pareto with shape 0 of extreme value theory; Pickands 1975) is fitted to what honest windows showed.
 * Near alerts teach it too, so that thresholds follow what happens, not what was hoped.
 */
export const tailState = z.object({
  /** User-days seen, windows beyond the knee, and the sum of their excess. */
  days: z.number(),
  beyond: z.number(),
  excess: z.number(),
})
export type Tail = z.infer<typeof tailState>
export const noTail = (): Tail => ({ days: 0, beyond: 0, excess: 0 })

/** What a detector's author expects before anything was seen. */
export interface TailPrior {
  knee: number
  /** Windows beyond the knee for each user-day. */
  rate: number
  /** Mean excess beyond the knee. */
  mean: number
}

/** What the author's expectation, seen to hold in many drawn companies, is worth: user-days, and windows beyond. */
const PRIOR_DAYS = 1000
const PRIOR_BEYOND = 30
/** Half of the weight is gone after this many user-days. */
const MEMORY = 20_000

/**
 * Expected windows per user-day with at least this surprise; at most 1. Predictive: while few exceedances are known,
 * the tail is a Lomax distribution, heavier than the exponential that it becomes.
 */
export function rarity(tail: Tail, prior: TailPrior, surprise: number): number {
  const rate = rateOf(tail, prior)
  if (surprise < prior.knee) return Math.min(1, Math.max(rate, Math.exp(-surprise)))
  const { shape, scale } = beyondKnee(tail, prior)
  return Math.min(1, rate * (1 + (surprise - prior.knee) / scale) ** -shape)
}

/** The surprise whose rarity is `p`. */
export function surpriseOf(tail: Tail, prior: TailPrior, p: number): number {
  const rate = rateOf(tail, prior)
  const { shape, scale } = beyondKnee(tail, prior)
  return p >= rate ? prior.knee : prior.knee + scale * ((rate / p) ** (1 / shape) - 1)
}

const rateOf = (tail: Tail, prior: TailPrior) =>
  (tail.beyond + PRIOR_DAYS * prior.rate) / (tail.days + PRIOR_DAYS)

const beyondKnee = (tail: Tail, prior: TailPrior) => ({
  shape: tail.beyond + PRIOR_BEYOND,
  scale: tail.excess + PRIOR_BEYOND * prior.mean,
})

/** The last cluster of one user: ms when it began, and its highest surprise. */
export type Peak = [at: number, surprise: number]
export const noPeak = (): Peak => [-Infinity, 0]

/** What one user does within a week is one matter, and one exceedance (runs declustering; Coles 2001, §5.3). */
const CLUSTER = 7 * 86400e3

/**
 * What lies further beyond the knee than so many means is another matter than honest work, and is left out whole, so
 * that insiders neither stretch the tail nor raise its rate; what an exponential tail loses by that is given back.
 */
const CUT = 3
const KEPT = 1 - Math.exp(-CUT)
const MEAN = 1 - CUT / (Math.exp(CUT) - 1)

/** Learns a window of a user, `at` ms; changes the tail and the user's peak. */
export function learnTail(tail: Tail, prior: TailPrior, surprise: number, peak: Peak, at: number): void {
  if (surprise <= prior.knee) return
  const { shape, scale } = beyondKnee(tail, prior)
  const farthest = prior.knee + (CUT * scale) / shape
  const put = (value: number, sign: 1 | -1) => {
    if (value <= prior.knee || value > farthest) return
    tail.beyond = Math.max(0, tail.beyond + sign / KEPT)
    tail.excess = Math.max(0, tail.excess + (sign * (value - prior.knee)) / KEPT / MEAN)
  }
  if (at - peak[0] < CLUSTER) {
    if (surprise <= peak[1]) return
    put(peak[1], -1)
  } else peak[0] = at
  put(surprise, 1)
  peak[1] = surprise
}

export function learnDay(tail: Tail): void {
  const keep = 0.5 ** (1 / MEMORY)
  tail.days = tail.days * keep + 1
  tail.beyond *= keep
  tail.excess *= keep
}
