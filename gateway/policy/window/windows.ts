import { hash } from 'node:crypto'
import type { Random } from '../../../core/random.ts'
import type { Windows } from '../policy.ts'
import { createWindow, type Keys, keysOf, type PersonWindow } from './person-window.ts'

export interface WindowsOptions {
  /** ms; asked at each call, so that a new policy's window holds at once. */
  span: () => number
  random: Random
  /** Distinct traces remembered of one person; beyond it every release counts as new. Default 20,000. */
  remembered?: number
}

/** How many ids' hashes are kept at hand. */
const RECENT = 4096

/** What a stored event says was released. */
export interface Released {
  /** Whose budget it counts against. */
  person: string
  /** ms since epoch. */
  at: number
  traceIds: readonly string[]
  /** `tracewarden.traces.distinct`: more than the ids where the list was cut or a trace counted as many. */
  weight: number
}

export interface WarmWindows extends Windows {
  /**
   * Counts what was released earlier: at start, so that a restart is no way to a fresh budget, and when the window
   * is made longer. Repeating it changes nothing that has ids.
   */
  warm(released: Iterable<Released>): void
}

/**
 * The sliding windows of all persons, in the memory of this process. Ids are kept as 48-bit hashes under a salt of the
 * process, times as buckets of a 60th of the span: a trace costs about 120 bytes, and stays in the
 * window up to 1/60 too long, never too short.
 */
export function createWindows({ span, random, remembered = 20_000 }: WindowsOptions): WarmWindows {
  const salt = random.bytes(16).toString('hex')
  const people = new Map<string, PersonWindow>()
  let swept = 0

  /** A request's ids are asked about three times: judged, judged again, reserved. */
  const recent = new Map<string, number>()
  const hashed = (id: string) => {
    let known = recent.get(id)
    if (known === undefined) {
      known = Number.parseInt(hash('sha256', salt + id, 'hex').slice(0, 12), 16)
      if (recent.size >= RECENT) recent.clear()
      recent.set(id, known)
    }
    return known
  }
  /** The same list is judged and then reserved. */
  let last: { ids: readonly string[]; count: number; keys: Keys } = { ids: [], count: 0, keys: [] }
  const keys = (ids: readonly string[]): Keys => {
    if (last.ids !== ids || last.count !== ids.length)
      last = { ids, count: ids.length, keys: keysOf(ids.map(hashed)) }
    return last.keys
  }
  const windowOf = (person: string): PersonWindow => {
    const found = people.get(person)
    if (found) return found
    const made = createWindow(remembered)
    people.set(person, made)
    return made
  }
  const bucketEnd = (at: number) => {
    const grain = Math.max(1, Math.ceil(span() / 60))
    return Math.ceil(at / grain) * grain
  }
  const sweep = (now: number) => {
    if (now - swept < span()) return
    swept = now
    for (const [person, window] of people) if (window.forget(now - span()) <= 0) people.delete(person)
  }

  return {
    prepare: () => undefined,
    use(person, traceIds, weight, now) {
      sweep(now)
      return windowOf(person).use(keys(traceIds), weight, now - span())
    },
    reserve: (person, traceIds, weight, now) => windowOf(person).add(keys(traceIds), weight, bucketEnd(now)),
    warm(released) {
      for (const { person, at, traceIds, weight } of [...released].sort((a, b) => a.at - b.at))
        windowOf(person).add(keys(traceIds), weight, bucketEnd(at))
    },
  }
}
