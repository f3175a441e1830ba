import { openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../../core/clock.ts'
import { openReader } from './reader.ts'
import { listSegments } from './segments.ts'
import type { Position, SpoolOutlet } from './spool.ts'

/**
 * For `--roles`: a collector ships a spool that another process, the gateway's, writes. The writer leaves the place up
 * to which it has synced in a small file, so that nothing is shipped which a failed write might still take back.
 */
const FILE = 'synced'
/** How often the collector looks, ms. */
const LOOK = 50

/** The writer's half: overwrites the place, in fixed width and with a sum, so that half a write is seen. */
export function syncedMark(directory: string): { set(place: Position): void; fd: number } {
  const fd = openSync(join(directory, FILE), 'w', 0o600)
  return {
    fd,
    set({ segment, offset }) {
      writeSync(fd, `${[segment, offset, segment + offset].join(' ')}`.padEnd(63).concat('\n'), 0)
    },
  }
}

function readMark(directory: string): Position | undefined {
  try {
    const [segment, offset, sum] = readFileSync(join(directory, FILE), 'utf8').trim().split(' ').map(Number)
    if (segment === undefined || offset === undefined || segment + offset !== sum) return undefined
    return { segment, offset }
  } catch {
    return undefined
  }
}

/** Opens the shipped end of a spool that another process writes. One collector to a spool. */
export function openSpoolTail(deps: {
  directory: string
  clock: Clock
}): SpoolOutlet & { close(): Promise<void> } {
  const { directory, clock } = deps
  const reader = openReader(directory)
  const listeners = new Set<() => void>()
  let synced = readMark(directory) ?? reader.acknowledged
  /** When the oldest place that still waits was first seen. */
  let since: number | undefined
  const bytes = () => {
    let sum = 0
    for (const [segment, size] of listSegments(directory)) {
      if (segment > reader.acknowledged.segment) sum += size
      else if (segment === reader.acknowledged.segment) sum += size - reader.acknowledged.offset
    }
    return Math.max(0, sum)
  }
  const timer = setInterval(() => {
    const place = readMark(directory)
    if (!place || (place.segment === synced.segment && place.offset === synced.offset)) return
    synced = place
    since ??= clock.now()
    for (const listener of listeners) listener()
  }, LOOK)
  return {
    backlog: () => ({ bytes: bytes(), oldest: since === undefined ? 0 : clock.now() - since }),
    pending: (limit) => reader.read(limit, synced),
    async acknowledge(position) {
      reader.acknowledge(position)
      const waits = position.segment !== synced.segment || position.offset !== synced.offset
      since = waits ? clock.now() : undefined
    },
    onSynced(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    async close() {
      clearInterval(timer)
      await reader.close()
    },
  }
}
