import type { Clock } from '../../core/clock.ts'
import { iso } from '../../core/clock.ts'
import type { Store } from '../store/store.ts'
import type { CheckpointFile, FirstKept } from './checkpoints.ts'

/**
 * Drops the months of events that are older than `age` ms, and puts on record where each chain now begins, so that
 * `verify` can tell retention from deletion. @returns the months dropped, `2026-01`.
 */
export async function applyRetention(deps: {
  store: Pick<Store, 'retain' | 'read'>
  checkpoints: CheckpointFile
  clock: Clock
  age: number
}): Promise<string[]> {
  const { store, checkpoints, clock, age } = deps
  const before = (await store.read({}, 1)).events
  const months = await store.retain(iso(clock.now() - age))
  if (months.length === 0) return months
  const first: Record<string, FirstKept | null> = {}
  for (const event of before) first[event.tracewarden.chain?.id ?? ''] = null
  for (const event of (await store.read({}, 1)).events) {
    const { chain } = event.tracewarden
    if (chain) first[chain.id] = { sequence: event.event.sequence ?? 0, prev: chain.prev }
  }
  await checkpoints.append({ kind: 'retention', at: iso(clock.now()), months, first })
  return months
}
