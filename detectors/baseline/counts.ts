import { z } from 'zod'
import type { Sums } from '../engine/population.ts'
import { fade, short } from './round.ts'
import { lnCountTail } from './tails.ts'

/**
 * How much of something a user does in a window in which they do it at all.
 *
 *   rate       expected count in a window of exposure 1
 *   exposure   how much is usual at this hour or on this weekday, 1 on average
 *   dispersion φ: variance = mean + φ·mean², from the user's own surprise so far, shrunk to the peers'
 *
 * Sums fade with time. Credibility (Bühlmann) decides how far a user's own rate counts against the peers': the more
 * windows, and the steadier, the further. Missing windows teach nothing: absent is unknown, not zero.
 */
export const countsState = z.object({
  /** Faded number of windows, of counts and of exposures. */
  n: z.number(),
  sum: z.number(),
  exposure: z.number(),
  /** Faded excess of squared residuals over Poisson, and squared means. */
  excess: z.number(),
  square: z.number(),
  /** Windows ever learned; ms of the first and last of them. */
  seen: z.number(),
  first: z.number(),
  last: z.number(),
})
export type Counts = z.infer<typeof countsState>

export const noCounts = (): Counts => ({
  n: 0,
  sum: 0,
  exposure: 0,
  excess: 0,
  square: 0,
  seen: 0,
  first: 0,
  last: 0,
})

/** Sums over users, so that a group is the sum of its members. `least`: windows of which a member is known. */
export const COUNTS_WIDTH = 5
export function countsVector(state: Counts, least = 2): readonly number[] {
  if (state.n < least || state.exposure <= 0) return [0, 0, 0, state.excess, state.square]
  const rate = state.sum / state.exposure
  return [1, rate, rate * rate, state.excess, state.square]
}

export interface Prediction {
  mean: number
  /** Of the predictive distribution: the user's own, plus what is not yet known about the rate. */
  dispersion: number
  peers: number
  /** Others whose usual it leans on. */
  known: number
}

/** What is expected before anybody was seen. */
export interface Start {
  rate: number
  /** Squared coefficient of variation of the members' rates. */
  spread: number
  dispersion: number
}
interface Group extends Start {
  users: number
}

const nobody: Start = { rate: 10, spread: 3, dispersion: 0.6 }

/** A group as prior, itself shrunk to what is known of a larger one. */
function group(sums: Sums, offset: number, parent: Group): Group {
  const users = sums.at(offset)
  const weight = users / (users + 3)
  const mean = users > 0 ? sums.at(offset + 1) / users : parent.rate
  const rate = weight * mean + (1 - weight) * parent.rate
  const variance =
    users > 1 ? Math.max(0, sums.at(offset + 2) / users - mean * mean) / Math.max(mean * mean, 1e-9) : 0
  const spread = weight * variance + (1 - weight) * (parent.spread + 1)
  const prior = 30 * Math.max(rate * rate, 1)
  const dispersion = (sums.at(offset + 3) + prior * parent.dispersion) / (sums.at(offset + 4) + prior)
  return {
    users,
    rate: Math.max(rate, 0.5),
    spread: clamp(spread, 0.25, 4),
    dispersion: clamp(dispersion, 0.05, 4),
  }
}

const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value))

/** What is expected in a window of this exposure, from the user's own past, the peers' and everyone's. */
export function predict(
  state: Counts,
  exposure: number,
  peers: Sums,
  everyone: Sums,
  offset = 0,
  start = nobody,
): Prediction {
  const all = group(everyone, offset, { ...start, users: 0 })
  const prior = group(peers, offset, all)
  const own = state.exposure > 0 ? state.sum / state.exposure : prior.rate
  const weight = 8 * Math.max(own * own, 1)
  const dispersion = clamp(
    (Math.max(0, state.excess) + weight * prior.dispersion) / (state.square + weight),
    0.04,
    5,
  )
  const perWindow = 1 / (dispersion + 1 / Math.max(own, 0.5))
  const known = state.n * perWindow
  const believed = 1 / prior.spread
  const rate = (known * own + believed * prior.rate) / (known + believed)
  const unsure = 1 / (known + believed)
  return {
    mean: Math.max(rate * exposure, 0.05),
    dispersion: dispersion + unsure * (1 + dispersion),
    peers: prior.rate * exposure,
    known: all.users,
  }
}

/** How surprising a count is: −ln P(X ≥ x), in nats. */
export const surprise = (x: number, expected: Prediction): number =>
  -lnCountTail(x, expected.mean, expected.dispersion)

/** How far a count is above what is usual by the time at which `done` of it is usually done, as a logarithm. */
export function countExcess(x: number, { mean, dispersion }: Prediction, done: number) {
  const usual = mean * done
  return { over: Math.log((x + 0.5) / (usual + 0.5)), spread: Math.sqrt(dispersion + 1 / (usual + 0.5)) }
}

/** Before so many others are known, what is expected is a guess, which bounds nothing. */
const SOME = 3

/** Learns a closed window. A single day cannot teach more than six deviations above what was expected. */
export function learnCount(
  state: Counts,
  x: number,
  exposure: number,
  expected: Prediction,
  at: number,
  halfLife: number,
) {
  const keep = state.n ? fade(at - state.last, halfLife) : 0
  const deviation = Math.sqrt(expected.mean + expected.dispersion * expected.mean ** 2)
  const guessed = expected.known < SOME && state.n < SOME
  const count = guessed ? x : Math.min(x, expected.mean + 6 * deviation)
  const residual = state.n >= 2 ? (count - expected.mean) ** 2 - expected.mean : 0
  state.n = short(state.n * keep + 1)
  state.sum = short(state.sum * keep + count)
  state.exposure = short(state.exposure * keep + exposure)
  state.excess = short(state.excess * keep + residual)
  state.square = short(state.square * keep + (state.seen >= 2 ? expected.mean ** 2 : 0))
  if (!state.seen) state.first = at
  state.seen++
  state.last = Math.max(state.last, at)
}

/** After a change of role: the user's own past hardly counts, the new peers do. */
export function renewCounts(state: Counts): void {
  for (const key of ['n', 'sum', 'exposure', 'excess', 'square'] as const)
    state[key] = short(state[key] * 0.03)
}
