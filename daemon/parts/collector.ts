import { applyRetention } from '../../collector/port.ts'
import { sizeText } from '../../core/units.ts'
import type { Foundation } from '../foundation.ts'
import type { Part } from './part.ts'
import { startShipping } from './shipping.ts'

const RETENTION = 3_600_000

/** From the spools to the store, and what is too old dropped. */
export async function startCollector(base: Foundation): Promise<Part> {
  const { config, store, clock, log } = base
  const checkpoints = await base.checkpoints()
  const shipping = startShipping(base)
  const retain = () =>
    applyRetention({ store, checkpoints, clock, age: config.retention.events }).then(
      (months) => months.length > 0 && log.warn({ months }, 'events dropped by retention'),
      (error: unknown) => log.error({ err: error }, 'retention failed'),
    )
  void retain()
  const timer = setInterval(retain, RETENTION)
  timer.unref()
  return {
    name: 'collector',
    async health() {
      const { spools, bytes, oldest, stuck } = shipping.status()
      const seconds = Math.round(oldest / 1000)
      const what = spools === 1 ? 'one spool' : `${spools} spools`
      const detail =
        bytes === 0
          ? `${what}, everything is in the store`
          : `${what}, ${sizeText(bytes)} wait, the oldest for ${seconds} s`
      return stuck === undefined ? { ok: true, detail } : { ok: false, detail: `${detail}; ${stuck}` }
    },
    async stop(deadline) {
      clearInterval(timer)
      await shipping.stop(deadline)
    },
  }
}
