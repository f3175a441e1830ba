import { detectorsMetrics, startDetectors } from '../../detectors/port.ts'
import type { Config } from '../config/schema.ts'
import type { Foundation } from '../foundation.ts'
import type { Part } from './part.ts'

/** Baselines and findings. `config` is the one in force. */
export function startDetection(base: Foundation, config: () => Config): Part {
  const { store, keys, clock, log, random, spool } = base
  const metrics = detectorsMetrics(base.metrics)
  const running = startDetectors({
    config: () => config().detectors,
    keyRing: keys,
    store,
    clock,
    log,
    random,
    metrics,
  })
  const unlisten = spool.onSynced(() => running.wake())
  return {
    name: 'detectors',
    async health() {
      const { ok, leading, reason } = running.health()
      const detail = ok
        ? leading
          ? 'watching'
          : 'standing by: another process detects'
        : (reason ?? 'starting')
      return { ok, needed: false, detail }
    },
    async stop() {
      unlisten()
      await running.stop()
    },
  }
}
