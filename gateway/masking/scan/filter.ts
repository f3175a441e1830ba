/**
 * Rules out most places of a text before the automaton looks at it. Of every keyword three bytes in a row are chosen,
 * rare ones: a keyword can only stand where they do. Sixteen places at a time are compared with sixteen groups of such
 * triples, each roughly (by the halves of its bytes); those that are left one by one, exactly but for chance.
 */
export interface Filter {
  /**
   * For groups 0–7, then 8–15, and for each byte of the triple two tables of sixteen: by the low and by the high half of
   * the byte, one bit a group.
   */
  readonly tables: Uint8Array
  /** By `hash` of a triple: how far from its first byte on a keyword may reach; 0: there is none, FAR: `longest`. */
  readonly triples: Uint8Array
  /** The same by `hash` of two bytes and 0, for keywords that may be followed by anything. */
  readonly pairs: Uint8Array
  /** How far before its triple a keyword may begin. */
  readonly before: number
  /** Bytes of the longest keyword. */
  readonly longest: number
}

type Sets = readonly (readonly number[])[]

const GROUPS = 16
/** Triples are not looked for further inside a keyword, so that not much need be looked at around them. */
const BEFORE = 10
const HASH_BITS = 14
export const FAR = 255

export const hash = (a: number, b: number, c: number): number =>
  Math.imul((a << 16) | (b << 8) | c, 0x9e3779b1) >>> (32 - HASH_BITS)

/** How often a byte comes in ordinary text, out of 1,000 or so: the rarer a triple, the better. */
const OFTEN: Float64Array = (() => {
  const often = new Float64Array(256).fill(0.3)
  const weights: readonly (readonly [string, number])[] = [
    [' ', 150],
    ['e', 100],
    ['taoinshr', 60],
    ['dlucmwfgyp', 22],
    // Where one digit is, others are.
    ['0123456789', 30],
    ['bvk.,\n', 9],
    ['":-_/', 4],
    ['ABCDEFGHIJKLMNOPQRSTUVWXYZ', 2],
    ["'\\xzjq=()", 1.5],
  ]
  for (const [characters, weight] of weights) for (const c of characters) often[c.charCodeAt(0)] = weight
  return often
})()
const ANY = Array.from({ length: 256 }, (_, byte) => byte)

/** `keywords`: for each position the bytes that may stand there. */
export function buildFilter(keywords: readonly Sets[]): Filter {
  const triples = new Uint8Array(1 << HASH_BITS)
  const pairs = new Uint8Array(1 << HASH_BITS)
  const distinct = new Map<string, Sets>()
  let before = 0
  let longest = 0
  for (const sets of keywords) {
    const at = rarest(sets)
    before = Math.max(before, at)
    longest = Math.max(longest, sets.length)
    const reach = Math.min(FAR, sets.length - at)
    const triple = [sets[at] ?? ANY, sets[at + 1] ?? ANY, sets[at + 2] ?? ANY] as const
    for (const a of triple[0])
      for (const b of triple[1]) {
        const pair = hash(a, b, 0)
        if (triple[2] === ANY) pairs[pair] = Math.max(pairs[pair]!, reach)
        else
          for (const c of triple[2]) {
            const index = hash(a, b, c)
            triples[index] = Math.max(triples[index]!, reach)
          }
      }
    distinct.set(triple.map((set) => set.join()).join(';'), triple)
  }
  return {
    tables: tablesOf(grouped([...distinct.values()].map((sets) => sets.map(halvesOf)))),
    triples,
    pairs,
    before,
    longest,
  }
}

/** Where the rarest three bytes in a row stand; a shorter keyword may be followed by anything. */
function rarest(sets: Sets): number {
  const weights = sets.map((set) => set.reduce((sum, byte) => sum + OFTEN[byte]!, 0))
  let at = 0
  let least = Number.POSITIVE_INFINITY
  for (let i = 0; i <= Math.min(BEFORE, sets.length - 3); i++) {
    const often = weights[i]! * weights[i + 1]! * weights[i + 2]!
    if (often >= least) continue
    least = often
    at = i
  }
  return at
}

/** A set of bytes as a group sees it: which low and which high halves it has, sixteen bits each. */
interface Halves {
  readonly low: number
  readonly high: number
}

const NONE: readonly Halves[] = [0, 1, 2].map(() => ({ low: 0, high: 0 }))

function halvesOf(set: readonly number[]): Halves {
  let low = 0
  let high = 0
  for (const byte of set) {
    low |= 1 << (byte & 15)
    high |= 1 << (byte >> 4)
  }
  return { low, high }
}

const joined = (a: readonly Halves[], b: readonly Halves[]): Halves[] =>
  a.map((one, k) => ({ low: one.low | b[k]!.low, high: one.high | b[k]!.high }))

/** By high half and by eight of the low halves: how often such a byte comes. */
const SUMS: readonly Float64Array[] = Array.from({ length: 32 }, (_, n) => {
  const sums = new Float64Array(256)
  for (let lows = 1; lows < 256; lows++) {
    const lowest = 31 - Math.clz32(lows & -lows)
    sums[lows] = sums[lows & (lows - 1)]! + OFTEN[(n >> 1) * 16 + (n & 1) * 8 + lowest]!
  }
  return sums
})

/** How often a byte comes that has one of the low and one of the high halves of either set. */
function often(a: Halves, b: Halves): number {
  const low = a.low | b.low
  const high = a.high | b.high
  let sum = 0
  for (let h = 0; h < 16; h++)
    if ((high >> h) & 1) sum += SUMS[2 * h]![low & 255]! + SUMS[2 * h + 1]![low >> 8]!
  return sum
}

/** How often both let a triple through by chance, as one. */
const chance = (a: readonly Halves[], b: readonly Halves[]): number =>
  often(a[0]!, b[0]!) * often(a[1]!, b[1]!) * often(a[2]!, b[2]!)

/** Puts each triple where it adds least to what its group lets through by chance, the commonest first; then once more. */
function grouped(items: Halves[][]): (readonly Halves[])[] {
  const order = items.map((item) => ({ item, chance: chance(item, NONE), group: -1 }))
  order.sort((a, b) => b.chance - a.chance)
  const groups: (readonly Halves[])[] = Array.from({ length: GROUPS }, () => NONE)
  const chances = groups.map(() => 0)
  for (let round = 0; round < 2; round++)
    for (const one of order) {
      const old = one.group
      one.group = -1
      if (old >= 0) {
        const rest = order.filter(({ group }) => group === old)
        groups[old] = rest.reduce<readonly Halves[]>((sum, { item }) => joined(sum, item), NONE)
        chances[old] = chance(groups[old]!, NONE)
      }
      let least = Number.POSITIVE_INFINITY
      for (let g = 0; g < GROUPS; g++) {
        const more = chance(groups[g]!, one.item) - chances[g]!
        if (more >= least) continue
        least = more
        one.group = g
      }
      groups[one.group] = joined(groups[one.group]!, one.item)
      chances[one.group] = chance(groups[one.group]!, NONE)
    }
  return groups
}

function tablesOf(groups: readonly (readonly Halves[])[]): Uint8Array {
  const tables = new Uint8Array(2 * 3 * 32)
  groups.forEach((halves, g) => {
    halves.forEach(({ low, high }, k) => {
      const table = 96 * (g >> 3) + 32 * k
      for (let n = 0; n < 16; n++) {
        tables[table + n]! |= ((low >> n) & 1) << (g & 7)
        tables[table + 16 + n]! |= ((high >> n) & 1) << (g & 7)
      }
    })
  })
  return tables
}
