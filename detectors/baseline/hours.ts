import { z } from 'zod'

/**
 * The hours of a day in which somebody works, and how odd they are.
 *
 *   rarity   of an hour: −ln of the chance of one that is no likelier, on such a day of this user
 *   odd      an hour whose rarity is beyond `ODD`
 *   piece    ten minutes with reads in them: work lasts, a glance does not
 */
const ODD = 2
const HOUR = 3600e3
const PIECE = HOUR / 6

/** Hour of the day, reads, and its pieces with reads, as bits. */
export const workedHours = z.array(z.tuple([z.number(), z.number(), z.number()]))
export type Worked = z.infer<typeof workedHours>[number]

/** Takes a read, `elapsed` ms after the day began. */
export function readAt(hours: Worked[], elapsed: number): void {
  const hour = Math.floor(elapsed / HOUR) % 24
  const piece = 1 << Math.floor((elapsed % HOUR) / PIECE)
  let known: Worked | undefined
  for (const one of hours) if (one[0] === hour) known = one
  if (known) {
    known[1]++
    known[2] |= piece
  } else hours.push([hour, 1, piece])
}

/** Neighbouring hours speak for an hour: nobody comes at nine sharp. */
export const smooth = (hours: readonly number[], hour: number): number =>
  0.5 * hours[hour]! + 0.25 * hours[(hour + 1) % 24]! + 0.25 * hours[(hour + 23) % 24]!

/** The rarity of each hour, from its chance of work. */
export function rarities(usual: readonly number[]): number[] {
  return usual.map((chance) => {
    let sum = 0
    for (const other of usual) if (other <= chance) sum += other
    return -Math.log(Math.min(1, sum))
  })
}

/** In the order of the day. */
export const oddHours = (rarity: readonly number[], hours: readonly Worked[]): readonly number[] =>
  hours
    .map(([hour]) => hour)
    .filter((hour) => rarity[hour]! > ODD)
    .sort((a, b) => a - b)

/** How odd the hours of a day are (nats, about); how many reads, and pieces, fall into odd ones. */
export function oddOf(rarity: readonly number[], hours: readonly Worked[]) {
  let most = 0
  let reads = 0
  let pieces = 0
  for (const [hour, n, bits] of hours) {
    most = Math.max(most, rarity[hour]!)
    if (rarity[hour]! <= ODD) continue
    reads += n
    for (let left = bits; left; left &= left - 1) pieces++
  }
  const lasting = 0.3 * Math.log(Math.max(1, reads)) + 2 * Math.log(Math.max(1, pieces))
  return { oddness: most + lasting, reads, pieces }
}
