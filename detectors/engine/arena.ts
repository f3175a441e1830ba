/**
 * Bytes of many users outside the heap, where the garbage collector neither counts nor moves them: slots of some fifty
 * sizes, an eighth apart, cut from pages; a slot that is let go of is the next of its size.
 */
export interface Arena {
  /** Keeps a copy. @returns what it is known by */
  put(bytes: Uint8Array): number
  /** A copy of what was put; its place is free then. */
  take(place: number): Buffer
}

const PAGE = 256 * 1024
const LEAST = 64
const SIZES: readonly number[] = sizes()
const LENGTH = 4

interface Slots {
  /** Of a slot, its length included. */
  size: number
  perPage: number
  pages: Buffer[]
  free: number[]
  made: number
}

export function createArena(): Arena {
  const all: Slots[] = SIZES.map((size) => ({
    size,
    perPage: Math.max(1, Math.floor(PAGE / size)),
    ...{ pages: [], free: [], made: 0 },
  }))
  const fitting = (length: number): number => {
    let low = 0
    let high = SIZES.length - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if (SIZES[middle]! < length + LENGTH) low = middle + 1
      else high = middle
    }
    return low
  }
  const where = ({ size, perPage, pages }: Slots, slot: number) => ({
    page: pages[Math.floor(slot / perPage)]!,
    at: (slot % perPage) * size,
  })
  return {
    put(bytes) {
      const kind = fitting(bytes.length)
      const slots = all[kind]!
      if (bytes.length + LENGTH > slots.size) throw new RangeError(`${bytes.length} bytes of one user`)
      if (slots.made === slots.pages.length * slots.perPage && !slots.free.length)
        slots.pages.push(Buffer.allocUnsafeSlow(slots.perPage * slots.size))
      const slot = slots.free.pop() ?? slots.made++
      const { page, at } = where(slots, slot)
      page.writeUInt32LE(bytes.length, at)
      page.set(bytes, at + LENGTH)
      return slot * SIZES.length + kind
    },
    take(place) {
      const slots = all[place % SIZES.length]!
      const slot = Math.floor(place / SIZES.length)
      const { page, at } = where(slots, slot)
      slots.free.push(slot)
      return Buffer.from(page.subarray(at + LENGTH, at + LENGTH + page.readUInt32LE(at)))
    },
  }
}

/** Up to 64 MiB: more of one user does not fit into a document either. */
function sizes(): number[] {
  const all: number[] = []
  for (let size = LEAST; size <= 64 * 1024 ** 2; size = Math.ceil((size * 9) / 64) * 8) all.push(size)
  return all
}
