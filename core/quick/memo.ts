/**
 * Values by the bytes of JSON that say them, and by whose they are: what comes again and again (a user, a client, the
 * fields of a table) is parsed and looked at once. Bounded: when it is full it begins anew.
 */
export interface Memo<Owner> {
  /** What these bytes say, made by `make` where it is not known; undefined is not kept. Shared: not to be changed. */
  value(owner: Owner, bytes: Buffer, from: number, to: number, hash: number): unknown
}

const SLOTS = 1 << 15
const ARENA = 4 * 1024 ** 2

export function createMemo<Owner>(make: (owner: Owner, json: string) => unknown): Memo<Owner> {
  const arena = Buffer.alloc(ARENA)
  const hashes = new Int32Array(SLOTS)
  const starts = new Int32Array(SLOTS)
  const lengths = new Int32Array(SLOTS)
  const owners: (Owner | undefined)[] = new Array(SLOTS).fill(undefined)
  const values: unknown[] = new Array(SLOTS).fill(undefined)
  let used = 0
  let end = 0

  const same = (start: number, bytes: Buffer, from: number, length: number) => {
    for (let i = 0; i < length; i++) if (arena[start + i] !== bytes[from + i]) return false
    return true
  }
  const clear = () => {
    lengths.fill(0)
    values.fill(undefined)
    used = 0
    end = 0
  }
  return {
    value(owner, bytes, from, to, hash) {
      const length = to - from
      let slot = (hash ^ (hash >>> 15)) & (SLOTS - 1)
      for (; lengths[slot] !== 0; slot = (slot + 1) & (SLOTS - 1))
        if (
          hashes[slot] === hash &&
          lengths[slot] === length &&
          owners[slot] === owner &&
          same(starts[slot]!, bytes, from, length)
        )
          return values[slot]
      const made = make(owner, bytes.toString('utf8', from, to))
      if (made === undefined || length > ARENA / 64) return made
      if (used * 2 >= SLOTS || end + length > ARENA) {
        clear()
        slot = (hash ^ (hash >>> 15)) & (SLOTS - 1)
      }
      bytes.copy(arena, end, from, to)
      hashes[slot] = hash
      starts[slot] = end
      lengths[slot] = length
      owners[slot] = owner
      values[slot] = made
      end += length
      used++
      return made
    },
  }
}
