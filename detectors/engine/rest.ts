import { deserialize, serialize } from 'node:v8'
import { deflateRawSync, inflateRawSync, type ZlibOptions } from 'node:zlib'
import { createArena } from './arena.ts'
import type { Tracker } from './host.ts'
import type { Subject } from './subject.ts'

/**
 *   awake    trackers hold the user's baselines and open windows as objects: some 30 KB
 *   resting  nothing came for a while: the same, to the bit, in a tenth of it; woken by whatever concerns the user
 *
 * What all users together are (the population's sums, the crowd) goes on counting those who rest.
 */
export interface Rest {
  /** Before anything is asked of or told to trackers about this user. */
  wake(subject: Subject): void
  /** Lays to rest those of whom nothing came for longest, if there are more awake than there may be. */
  settle(): void
}

/** Windows as for some KB: those that zlib has by default take longer to set up than this takes to deflate. */
const SMALL = { level: 1, memLevel: 5, windowBits: 13, chunkSize: 4096 }
const SAMPLE = 8000

export function createRest(trackers: readonly Tracker[], limit: number): Rest {
  const arena = createArena()
  /** Users are much alike: the first who rests is the dictionary for all. */
  let packing: ZlibOptions | undefined
  const awake: Subject[] = []
  let clock = 0

  const lay = (subject: Subject) => {
    const held = serialize(trackers.map((tracker) => tracker.held(subject)))
    packing ??= { ...SMALL, dictionary: Buffer.from(held.subarray(0, SAMPLE)) }
    subject.resting = arena.put(deflateRawSync(held, packing))
    for (const tracker of trackers) tracker.hold(subject, undefined)
    subject.awake = false
  }
  return {
    wake(subject) {
      subject.touched = ++clock
      if (subject.awake) return
      subject.awake = true
      awake.push(subject)
      const { resting } = subject
      if (resting === undefined) return
      subject.resting = undefined
      const held = deserialize(inflateRawSync(arena.take(resting), packing))
      trackers.forEach((tracker, i) => {
        tracker.hold(subject, held[i])
      })
    },
    settle() {
      if (awake.length <= limit) return
      awake.sort((a, b) => b.touched - a.touched)
      const kept = Math.ceil(limit / 2)
      for (const subject of awake.splice(kept)) lay(subject)
    },
  }
}
