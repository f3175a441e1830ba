import { join } from 'node:path'
import {
  claimShipping,
  createShipper,
  openSpoolTail,
  type Shipper,
  type SpoolOutlet,
} from '../../collector/port.ts'
import type { Foundation } from '../foundation.ts'
import { needsShipping, spoolDirectories } from '../spools.ts'

/** Everything this process ships: its own spool, and those beside it which nobody else ships. */
export interface Shipping {
  /** Sums over the spools, and why the first stuck one is. */
  status(): { spools: number; bytes: number; oldest: number; stuck: string | undefined }
  stop(deadline: number): Promise<void>
}

interface Shipped {
  outlet: SpoolOutlet
  shipper: Shipper
  end(deadline: number): Promise<void>
}

/** How often it looks for spools that have appeared, or whose collector is gone, ms. */
const LOOK = 500

/** A claim in each spool's directory, held by one living process, keeps two collectors from shipping the same. */
export function startShipping(base: Foundation): Shipping {
  const { data, clock, random, log, store } = base
  const deadLetter = join(data, 'dead-letter.ndjson')
  const own = base.spoolDirectory
  const shipped = new Map<string, Shipped>()

  const begin = (directory: string) => {
    const release = claimShipping(directory)
    if (!release) return
    const tail = directory === own ? undefined : openSpoolTail({ directory, clock })
    const outlet = tail ?? base.spool
    const shipper = createShipper({
      ...{ spool: outlet, store, deadLetter, clock, random, log },
      metrics: base.collector,
    })
    shipper.start()
    if (tail) log.info({ directory }, 'shipping the spool of a process beside this one')
    shipped.set(directory, {
      outlet,
      shipper,
      async end(deadline) {
        await shipper.stop(deadline)
        await tail?.close()
        release()
      },
    })
  }
  const look = async () => {
    for (const directory of new Set([own, ...spoolDirectories(data)])) {
      const known = shipped.get(directory)
      if (directory === own) known ?? begin(own)
      else if (known && !(await needsShipping(directory, clock))) {
        shipped.delete(directory)
        await known.end(0)
      } else if (!known && (await needsShipping(directory, clock))) begin(directory)
    }
  }

  begin(own)
  let stopping = false
  let turn = Promise.resolve()
  const again = () => {
    turn = turn
      .then(() => (stopping ? undefined : look()))
      .catch((error: unknown) => log.error({ err: error }, 'looking for spools failed'))
  }
  again()
  const timer = setInterval(again, LOOK)
  timer.unref()

  return {
    status() {
      const all = [...shipped.values()]
      const backlogs = all.map(({ outlet }) => outlet.backlog())
      return {
        spools: all.length,
        bytes: backlogs.reduce((sum, { bytes }) => sum + bytes, 0),
        oldest: Math.max(0, ...backlogs.map(({ oldest }) => oldest)),
        stuck: all.map(({ shipper }) => shipper.stuck()?.reason).find((reason) => reason !== undefined),
      }
    },
    async stop(deadline) {
      stopping = true
      clearInterval(timer)
      await turn
      await Promise.all([...shipped.values()].map((each) => each.end(deadline)))
    },
  }
}
