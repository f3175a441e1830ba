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
const FIELDS = 128
const WORDS = 60

/** Takes an event of a day, undefined where times mean nothing. @returns whether it brought what is new in the bag. */
export function take(bag: Bag, facts: Facts, day: Span | undefined): boolean {
  const before = bag.counts.size
  const { collection, shape, client, connection, fields, traces, age } = facts
  const aside = facts.action === 'session-start' || facts.action === 'session-end'
  if (collection !== undefined) add(bag, 0, collection)
  const statement = shape ?? facts.hash
  if (statement !== undefined) add(bag, 1, statement)
  for (let i = 0; i < Math.min(fields.length, FIELDS); i++) add(bag, 2, fields[i]!)
  if (client !== undefined) add(bag, 3, client)
  if (connection !== undefined) add(bag, 4, connection)
  if (!aside) add(bag, 5, facts.failed ? `${facts.action}!` : facts.action)
  if (!aside && day) {
    const hour = Math.floor((facts.at - day.from) / HOUR)
    add(bag, 6, (day.weekday >= 6 ? WEEKEND : WEEKDAY)[hour] ?? '')
  }
  if (traces !== undefined) add(bag, 7, SIZES[Math.round(Math.log2(1 + traces) * 1.5)] ?? '')
  if (age !== undefined) add(bag, 8, AGES[Math.round(Math.log10(Math.max(age, 1e-3)) * 2) - YOUNGEST] ?? '')
  if (!aside) bag.n++
  return bag.counts.size > before
}

function add(bag: Bag, channel: number, text: string): void {
  const token = tokenOf(channel, text)
  const known = bag.counts.get(token)
  if (known === undefined && bag.words.size < WORDS)
    bag.words.set(token, `${CHANNELS[channel]} ${text.slice(0, 80)}`)
  bag.counts.set(token, (known ?? 0) + 1)
}

/** A day has 25 hours at most; sizes and ages go in steps of a factor, up to what a number holds. */
const hours = (kind: string) => Array.from({ length: 26 }, (_, hour) => `${kind} ${hour}:00`)
const WEEKDAY = hours('weekday')
const WEEKEND = hours('weekend')
const SIZES = Array.from({ length: 80 }, (_, step) => `about ${Math.round(2 ** (step / 1.5)) - 1} traces`)
const YOUNGEST = -6
const AGES = Array.from(
  { length: 24 },
  (_, step) => `about ${Number((10 ** ((step + YOUNGEST) / 2)).toPrecision(2))} days`,
)
