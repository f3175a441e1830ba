/**
 * Ids seen lately, as 64-bit hashes in flat tables (8 bytes an id at half load), in two generations: when the young
 * one is full or old enough it becomes the old one. The same id twice is the same event, delivered twice.
 */
export interface Seen {
  /** True if the id is new; remembers it. `at`: event time in ms. */
  add(id: string, at: number): boolean
  readonly size: number
}

const SPAN = 8 * 86400e3

export function createSeen(limit = 8_000_000): Seen {
  let young = createTable()
  let old = createTable()
  let since = -Infinity
  return {
    add(id, at) {
      const low = hash(id, 0x9747b28c, 0xcc9e2d51)
      const high = (hash(id, 0x1b873593, 0x85ebca6b) | 1) >>> 0
      if (old.has(low, high) || !young.add(low, high)) return false
      if (since === -Infinity) since = at
      if (young.count() >= limit || at - since > SPAN) {
        old = young
        young = createTable()
        since = at
      }
      return true
    },
    get size() {
      return young.count() + old.count()
    },
  }
}

function createTable() {
  let slots = new Uint32Array(2 * 1024)
  let mask = 1023
  let count = 0
  const find = (table: Uint32Array, size: number, low: number, high: number) => {
    let i = low & size
    while (table[2 * i] !== 0 || table[2 * i + 1] !== 0) {
      if (table[2 * i] === low && table[2 * i + 1] === high) return i
      i = (i + 1) & size
    }
    return i
  }
  const grow = () => {
    const size = mask * 2 + 1
    const table = new Uint32Array(2 * (size + 1))
    for (let i = 0; i <= mask; i++) {
      const low = slots[2 * i]!
      const high = slots[2 * i + 1]!
      if (low === 0 && high === 0) continue
      const j = find(table, size, low, high)
      table[2 * j] = low
      table[2 * j + 1] = high
    }
    slots = table
    mask = size
  }
  return {
    count: () => count,
    has(low: number, high: number) {
      const i = find(slots, mask, low, high)
      return slots[2 * i] !== 0 || slots[2 * i + 1] !== 0
    },
    add(low: number, high: number) {
      const i = find(slots, mask, low, high)
      if (slots[2 * i] !== 0 || slots[2 * i + 1] !== 0) return false
      slots[2 * i] = low
      slots[2 * i + 1] = high
      if (++count * 2 > mask) grow()
      return true
    },
  }
}

/** MurmurHash3's mixing; two seeds and factors make 64 bits. */
function hash(id: string, seed: number, factor: number): number {
  let h = seed ^ id.length
  for (let i = 0; i < id.length; i++) {
    h = Math.imul(h ^ id.charCodeAt(i), factor)
    h = (h << 13) | (h >>> 19)
  }
  return mix(h) >>> 0
}

function mix(value: number): number {
  let h = value
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}
