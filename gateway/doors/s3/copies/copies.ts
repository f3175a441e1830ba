import type { Observed } from '../../../masking/masker.ts'
import { fail } from '../errors.ts'
import type { SealedFile } from './vault.ts'

/** The masked copy of one version of one object, as one reader under one policy may see it. */
export interface Copy {
  /** Digest of all it depends on. */
  readonly id: string
  readonly file: SealedFile
  /** Of the masked bytes: MD5 in hex, CRC-32 in base64. */
  readonly md5: string
  readonly crc32: string
  readonly observed: Observed
  /** Records in it: each counts as a trace where none has an id. */
  readonly rows: number
  /** Media type that its bytes have, for the recording. */
  readonly type: string
}

/**
 * Copies on disk, least recently used first to go. Readers of a copy that goes keep what they have opened; the same
 * copy is made once, however many ask for it, and goes on being made when who asked first is gone.
 */
export interface Copies {
  known(id: string): Copy | undefined
  get(id: string, make: () => Promise<Copy>): Promise<Copy>
  clear(): Promise<void>
}

/** How many copies are made at once, and how many may wait for their turn. */
const AT_ONCE = 4
const WAITING = 1000

export function createCopies(limit: number): Copies {
  const kept = new Map<string, Copy>()
  const making = new Map<string, Promise<Copy>>()
  const queue: (() => void)[] = []
  let active = 0
  let size = 0

  async function turn(): Promise<void> {
    if (active < AT_ONCE) {
      active++
      return
    }
    if (queue.length >= WAITING) throw fail('TW_S3_BUSY')
    await new Promise<void>((resolve) => queue.push(resolve))
  }

  function next() {
    const waiting = queue.shift()
    if (waiting) waiting()
    else active--
  }

  async function keep(copy: Copy): Promise<Copy> {
    kept.set(copy.id, copy)
    size += copy.file.size
    for (const [id, old] of kept) {
      if (size <= limit || id === copy.id) break
      kept.delete(id)
      size -= old.file.size
      await old.file.remove()
    }
    return copy
  }

  function known(id: string): Copy | undefined {
    const copy = kept.get(id)
    if (!copy) return undefined
    kept.delete(id)
    kept.set(id, copy)
    return copy
  }

  return {
    known,
    async get(id, make) {
      const ready = known(id)
      if (ready) return ready
      let pending = making.get(id)
      if (!pending) {
        pending = turn()
          .then(() => make().finally(next))
          .then(keep)
          .finally(() => making.delete(id))
        making.set(id, pending)
      }
      return pending
    },
    async clear() {
      await Promise.allSettled(making.values())
      kept.clear()
      size = 0
    },
  }
}
