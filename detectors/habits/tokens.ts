import type { Facts } from '../engine/facts.ts'
import type { Span } from '../engine/span.ts'

/**
 * What a session looks like, whoever's it is: a bag of tokens. A token is a channel (what is said) and a hash of what
 * was said; a channel that an event is silent about has none, so sources that tell little are still compared by what
 * they tell.
 */
export const CHANNELS = [
  'collection',
  'statement',
  'field',
  'client',
  'connection',
  'action',
  'hour',
  'size',
  'age',
] as const
export type Channel = (typeof CHANNELS)[number]

const BITS = 20
const MASK = (1 << BITS) - 1
export const channelOf = (token: number): number => token >>> BITS

/** FNV-1a, folded to 20 bits: a channel of a user holds some hundred tokens, a company's some thousand. */
export function tokenOf(channel: number, text: string): number {
  let h = 0x811c9dc5
  const end = Math.min(text.length, 512)
  for (let i = 0; i < end; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  h ^= h >>> 15
  h = Math.imul(h, 0x2c1b3c6d)
  return (channel << BITS) | (((h ^ (h >>> 12)) >>> 0) & MASK)
}

/** The tokens of one session, with how often, and words for the odd ones. */
export interface Bag {
  counts: Map<number, number>
  /** Events that said something. */
  n: number
  /** What some of the tokens stand for. */
  words: Map<number, string>
}

export const emptyBag = (): Bag => ({ counts: new Map(), n: 0, words: new Map() })

const HOUR = 3600e3
const FIELDS = 24
const WORDS = 60

/** Takes an event of a day. @returns whether it brought a token that is new in the bag. */
export function take(bag: Bag, facts: Facts, day: Span): boolean {
  let fresh = false
  const add = (channel: number, text: string, weight = 1) => {
    const token = tokenOf(channel, text)
    const known = bag.counts.get(token)
    if (known === undefined) {
      fresh = true
      if (bag.words.size < WORDS) bag.words.set(token, `${CHANNELS[channel]} ${text.slice(0, 80)}`)
    }
    bag.counts.set(token, (known ?? 0) + weight)
  }
  const { collection, shape, client, connection, fields, traces, age } = facts
  const aside = facts.action === 'session-start' || facts.action === 'session-end'
  if (collection !== undefined) add(0, collection)
  if (shape !== undefined) add(1, shape)
  for (let i = 0; i < Math.min(fields.length, FIELDS); i++) add(2, fields[i]!)
  if (client !== undefined) add(3, client)
  if (connection !== undefined) add(4, connection)
  if (!aside) add(5, facts.failed ? `${facts.action}!` : facts.action)
  if (!aside) {
    add(6, `${day.weekday >= 6 ? 'weekend' : 'weekday'} ${Math.floor((facts.at - day.from) / HOUR)}:00`)
  }
  if (traces !== undefined)
    add(7, `about ${Math.round(2 ** (Math.round(Math.log2(1 + traces) * 1.5) / 1.5)) - 1} traces`)
  if (age !== undefined)
    add(
      9,
      `about ${Number((10 ** (Math.round(Math.log10(Math.max(age, 1e-3)) * 2) / 2)).toPrecision(2))} days`,
    )
  if (!aside) bag.n++
  return fresh
}
