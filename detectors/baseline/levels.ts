import { z } from 'zod'
import type { Sums } from '../engine/population.ts'
import { fade, short } from './round.ts'

/**
 * How much somebody does on a day, as a logarithm: days of people are skewed, and a logarithm of them is not. Beside
 * the level that goes on being learned stands a frozen one, the anchor: nobody can teach it patience.
 *
 *   level    ln(count + ½) less the day's exposure; mean and spread fade with time
 *   anchor   the level when it was last frozen, and when: a baseline may lie above it by no more than its growth
 */
export const levelsState = z.object({
  /** Faded number of days, mean, and sum of squared deviations. */
  n: z.number(),
  mean: z.number(),
  squares: z.number(),
  /** Days ever learned; ms of the first and last of them. */
  seen: z.number(),
  first: z.number(),
  last: z.number(),
  /** Mean and ms; none while little is known. */
  anchor: z.tuple([z.number(), z.number()]).optional(),
})
export type Levels = z.infer<typeof levelsState>
export const noLevels = (): Levels => ({ n: 0, mean: 0, squares: 0, seen: 0, first: 0, last: 0 })

/** Sums over users: how many, means, their squares, squared deviations and the days these are of. */
export const LEVELS_WIDTH = 5
export const levelsVector = ({ n, mean, squares }: Levels): readonly number[] =>
  n < 2 ? [0, 0, 0, squares, n] : [1, mean, mean * mean, squares, n]

export interface Level {
  mean: number
  /** Of a day, in logarithm. */
  spread: number
  /** Days that the mean is worth. */
  known: number
  /** Of the peers. */
  peers: number
}

/** Least spread: nobody's days are more alike than Poisson counts of some size. */
const LEAST = 0.3
const DAY = 86400e3
/** Days of one's own before they are frozen, and how long they stay so. */
const FIRST = 15
const FROZEN = 90 * DAY

const group = (sums: Sums, mean: number, between: number, within: number) => {
  const users = sums.at(0)
  // Means may be negative, sums of them come as they are.
  const own = users > 0 ? sums.at(1) / users : mean
  const weight = users / (users + 3)
  return {
    mean: weight * own + (1 - weight) * mean,
    between:
      weight * (users > 1 ? Math.max(0.05, sums.at(2) / users - own * own) : between) +
      (1 - weight) * between,
    within: (sums.at(3) + 30 * within) / (sums.at(4) + 30),
  }
}

/**
 * What a day is held against, from the user's own past, the peers' and everyone's. `growth`: factor a month by which
 * one's usual may rise above the anchor.
 */
export function levelOf(state: Levels, peers: Sums, everyone: Sums, growth: number, at: number): Level {
  const all = group(everyone, Math.log(12), 0.6, 0.4)
  const prior = group(peers, all.mean, all.between, all.within)
  const variance = Math.max(LEAST ** 2, (state.squares + 10 * prior.within) / (state.n + 10))
  const believed = Math.min(4, variance / prior.between)
  const mean = (state.n * state.mean + believed * prior.mean) / (state.n + believed)
  const [anchor, frozen] = state.anchor ?? [Infinity, at]
  const unsure = (2 * Math.sqrt(variance)) / Math.sqrt(FIRST)
  const highest = anchor + unsure + (Math.log(growth) * Math.max(0, at - frozen)) / (30 * DAY)
  return {
    mean: Math.min(mean, highest),
    spread: Math.sqrt(variance),
    known: state.n + believed,
    peers: prior.mean,
  }
}

/** Learns a day; one that lies far off teaches no more than three deviations. */
export function learnLevel(
  state: Levels,
  level: number,
  expected: Level,
  at: number,
  halfLife: number,
): void {
  const keep = state.seen ? fade(at - state.last, halfLife) : 0
  const most = 3 * expected.spread
  const bounded = state.n < 2 ? level : Math.max(expected.mean - most, Math.min(expected.mean + most, level))
  const n = state.n * keep + 1
  const off = bounded - state.mean
  const squares = state.squares * keep + (state.n < 1 ? 0 : (off * off * (n - 1)) / n)
  state.mean = short(state.mean + off / n)
  state.n = short(n)
  state.squares = short(squares)
  if (!state.seen) state.first = at
  state.seen++
  state.last = Math.max(state.last, at)
  if (state.seen >= FIRST && (!state.anchor || at - state.anchor[1] >= FROZEN)) {
    // What is frozen next is what the old anchor allows, so that a slow climb is never taken over whole.
    state.anchor = [short(Math.min(state.mean, expected.mean + expected.spread)), at]
  }
}

/** The usual has changed, by a new role or for good: little of the past counts, and nothing is frozen. */
export function renewLevel(state: Levels, share: number): void {
  state.n = short(state.n * share)
  state.squares = short(state.squares * share)
  state.anchor = undefined
}
