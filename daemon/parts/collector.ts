import { join } from 'node:path'
import { applyRetention, createShipper, openCheckpoints, startCheckpoints } from '../../collector/port.ts'
import type { Foundation } from '../foundation.ts'
import type { Part } from './part.ts'

const RETENTION = 3_600_000

/** From the spool to the store, checkpoints beside it, and what is too old dropped. */
export async function startCollector(base: Foundation): Promise<Part> {
  const { config, data, spool, store, keys, clock, random, log, collector } = base
  const deadLetter = join(data, 'dead-letter.ndjson')
  const shipper = createShipper({ spool, store, deadLetter, clock, random, log, metrics: collector })
  shipper.start()
  const file = await openCheckpoints(join(data, 'checkpoints.ndjson'), keys)
  const checkpoints = startCheckpoints({ spool, store, file, gateway: config.gateway, clock, log })
  const retain = () =>
    applyRetention({ store, checkpoints: file, clock, age: config.retention.events }).then(
      (months) => months.length > 0 && log.warn({ months }, 'events dropped by retention'),
      (error: unknown) => log.error({ err: error }, 'retention failed'),
    )
  void retain()
  const timer = setInterval(retain, RETENTION)
  timer.unref()
  return {
    name: 'collector',
    async health() {
      const { bytes, oldest } = spool.backlog()
      const stuck = shipper.stuck()
      const seconds = Math.round(oldest / 1000)
      const detail =
        bytes === 0 ? 'everything is in the store' : `${bytes} bytes wait, the oldest for ${seconds} s`
      return stuck ? { ok: false, detail: `${detail}; ${stuck.reason}` } : { ok: true, detail }
    },
    async stop(deadline) {
      clearInterval(timer)
      await checkpoints.stop()
      await shipper.stop(deadline)
    },
  }
}
