import { z } from 'zod'
import { SCALES } from './span.ts'
import type { OpenWindow } from './window.ts'

/** The version of everything saved; another version is not read, the baseline starts anew and is rebuilt. */
export const SAVED = 2

const scale = z.enum(SCALES)

export const matter = z.object({
  ...{ from: z.number(), to: z.number(), until: z.number(), scale, start: z.number(), facet: z.string() },
  ...{ at: z.number(), surprise: z.number(), revision: z.number(), severity: z.number() },
  burst: z.string().optional(),
  joint: z.literal(true).optional(),
})

/** An open window: scale, from, facet, state, newest sessions and events, collections, whether it alerted. */
const packedWindow = z.object({
  s: scale,
  f: z.number(),
  x: z.string(),
  w: z.unknown(),
  n: z.array(z.string()),
  e: z.array(z.string()),
  c: z.array(z.string()),
  r: z.boolean(),
})

export const packedTracker = z.object({
  b: z.unknown(),
  k: z.number(),
  m: z.array(matter),
  o: z.array(packedWindow),
  /** The user's last peak of surprise. */
  p: z.tuple([z.number(), z.number()]).optional(),
  /** How the last complete day stood to the usual, for the team: see packExcess. */
  t: z.number().optional(),
})
export type SavedTracker = z.infer<typeof packedTracker>

/** Few ids, so that a user's document stays small; what was already told is in the finding. */
export function packWindow<O, W, E>(open: OpenWindow<O, W, E>): z.infer<typeof packedWindow> {
  return {
    s: open.span.scale,
    f: open.span.from,
    x: open.facet,
    w: open.state,
    n: open.sessions.slice(-2),
    e: open.events.slice(-2),
    c: open.collections.slice(0, 2),
    r: open.fired,
  }
}

/** One user's baselines and open windows, at most 2 KiB of JSON for a usual user. */
export const savedUser = z.object({
  v: z.literal(SAVED),
  group: z.string(),
  roles: z.array(z.string()).optional(),
  zone: z.string(),
  first: z.number(),
  last: z.number(),
  cover: z.record(z.string(), z.number()),
  spans: z.array(
    z.object({ s: scale, f: z.number(), z: z.string(), l: z.boolean(), m: z.number().optional() }),
  ),
  detectors: z.record(z.string(), z.unknown()),
  /** Evidence taken together: day, carried, of today by detector. */
  together: z
    .tuple([
      z.number(),
      z.number(),
      z.array(z.tuple([z.string(), z.number()])),
      z.number(),
      z.number(),
      z.number().optional(),
      z.number().optional(),
    ])
    .optional(),
})
export type SavedUser = z.infer<typeof savedUser>

/** What is not one user's: how far time has come, the tails, the size of the population. */
export const savedShared = z.object({
  v: z.literal(SAVED),
  /** ms of the first event ever; absent before there was one. */
  first: z.number().optional(),
  chains: z.record(z.string(), z.number()),
  tails: z.record(z.string(), z.unknown()),
  days: z.array(z.tuple([z.number(), z.number()])),
  pace: z.unknown().optional(),
  months: z.unknown().optional(),
})
export type SavedShared = z.infer<typeof savedShared>

/**
 * What several processes saved of their parts of one population. Time has come as far as in the part that is least far;
 * what was learned of everybody is that of the part that learned from most days.
 */
export function joinShared(one: SavedShared, all: readonly SavedShared[]): SavedShared {
  const seen = ({ days }: SavedShared) => days.reduce((sum, [, users]) => sum + users, 0)
  const richest = all.reduce((best, next) => (seen(next) > seen(best) ? next : best), one)
  const chains = Object.keys(one.chains).filter((chain) =>
    all.every((one) => Object.hasOwn(one.chains, chain)),
  )
  return {
    ...richest,
    first: Math.min(...all.map(({ first = Infinity }) => first)),
    chains: Object.fromEntries(
      chains.map((chain) => [chain, Math.min(...all.map((one) => one.chains[chain] ?? 0))]),
    ),
  }
}
