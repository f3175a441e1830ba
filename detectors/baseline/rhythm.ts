import { z } from 'zod'
import type { Sums } from '../engine/population.ts'
import { fade, short } from './round.ts'

/**
 * The weekly rhythm in the user's own time: 24 hours of a working day, 24 of a weekend day, 7 weekdays. Each cell is
 * (count seen, count expected if every cell were alike); exposure is their ratio, shrunk user → peers → everyone → 1.
 * A cell that was never used is unknown and so leans on the others: working late is not a spike by itself.
 */
export const CELLS = 24 + 24 + 7
export const hourCell = (weekday: number, hour: number): number => (weekday >= 6 ? 24 : 0) + hour
export const dayCell = (weekday: number): number => 48 + weekday - 1

/** `[cell, seen, expected]`, only cells that hold something. */
export const rhythmState = z.array(z.tuple([z.number(), z.number(), z.number()]))
export type Rhythm = z.infer<typeof rhythmState>

export const RHYTHM_WIDTH = CELLS * 2

/** Adds the cells into a vector of sums, so that groups are sums of their members. */
export function rhythmVector(rhythm: Rhythm, into: Float64Array, offset: number): void {
  for (const [cell, seen, expected] of rhythm) {
    into[offset + cell * 2] = seen
    into[offset + cell * 2 + 1] = expected
  }
}

const OWN = 40
const PEERS = 200

/**
 * How much is usual in this cell, 1 being the average. `weight`: counts that the peers' rhythm is worth; where days
 * differ by more than chance, a few of them say little about a weekday, however much was done.
 */
export function exposure(
  rhythm: Rhythm,
  cell: number,
  peers: Sums,
  everyone: Sums,
  offset: number,
  weight = OWN,
): number {
  const seen = offset + cell * 2
  const all = (everyone.at(seen) + PEERS) / (everyone.at(seen + 1) + PEERS)
  const group = (peers.at(seen) + PEERS * all) / (peers.at(seen + 1) + PEERS)
  const own = find(rhythm, cell)
  const value = own ? (own[1] + weight * group) / (own[2] + weight) : group
  return Math.min(5, Math.max(0.2, value))
}

function find(rhythm: Rhythm, cell: number) {
  for (const entry of rhythm) if (entry[0] === cell) return entry
  return undefined
}

/** Learns what was seen in a cell where `flat` was expected without any rhythm. */
export function learnRhythm(
  rhythm: Rhythm,
  cell: number,
  seen: number,
  flat: number,
  elapsed: number,
  halfLife: number,
) {
  let own = find(rhythm, cell)
  if (!own) {
    own = [cell, 0, 0]
    rhythm.push(own)
    rhythm.sort((a, b) => a[0] - b[0])
  }
  const keep = fade(elapsed, halfLife)
  own[1] = short(own[1] * keep + Math.min(seen, flat * 6))
  own[2] = short(own[2] * keep + flat)
}
