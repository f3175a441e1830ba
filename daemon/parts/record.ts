import { startCheckpoints } from '../../collector/port.ts'
import { sizeText } from '../../core/units.ts'
import type { Foundation } from '../foundation.ts'
import type { Part } from './part.ts'

/** This process's own record: its spool, and the checkpoints of its chain, which only the spool's writer can make. */
export async function startRecord(base: Foundation): Promise<Part> {
  const { config, spool, store, name, clock, log } = base
  const file = await base.checkpoints()
  const checkpoints = startCheckpoints({ spool, store, file, gateway: name, clock, log })
  return {
    name: 'spool',
    async health() {
      const { bytes } = spool.backlog()
      const full = bytes >= config.spool.max
      const detail = `${sizeText(bytes)} of ${sizeText(config.spool.max)} wait for the store`
      return { ok: !full, detail: full ? `${detail}: nothing is released until it takes them` : detail }
    },
    stop: () => checkpoints.stop(),
  }
}
