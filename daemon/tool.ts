import { userInfo } from 'node:os'
import { join } from 'node:path'
import { claimShipping, createShipper } from '../collector/port.ts'
import { CodedError } from '../core/errors.ts'
import { createLogger, type Logger } from '../core/log.ts'
import { lintConfig } from './config/lint.ts'
import { loadConfig } from './config/load.ts'
import type { Config } from './config/schema.ts'
import { type Foundation, openFoundation } from './foundation.ts'
import { startRecord } from './parts/record.ts'
import { waiting } from './spools.ts'

/** Who runs a command, as events know it. */
export const operator = (): string => `cli:${userInfo().username}`

/** So many commands may run at once, each with a spool of its own. */
const AT_ONCE = 16
/** What a command may wait for the store at its end, ms. */
const SHIP = 5000

/**
 * Runs one command on the daemon's store and keys, beside a running daemon or without one. What it does is recorded
 * like everything else: in a spool and a chain of its own, vouched for and shipped before it ends.
 */
export async function withFoundation<T>(file: string, work: (base: Foundation) => Promise<T>): Promise<T> {
  const config = loadConfig(file, { env: process.env, lint: lintConfig })
  const base = await openFreeFoundation(config, createLogger('warn'))
  const before = base.spool.backlog().sequence
  const ship = startShipping(base)
  try {
    return await work(base)
  } finally {
    if (base.spool.backlog().sequence > before) await (await startRecord(base)).stop(0)
    await ship.stop()
    await base.close()
  }
}

async function openFreeFoundation(config: Config, log: Logger): Promise<Foundation> {
  for (let n = 1; ; n++)
    try {
      return await openFoundation(config, log, `${config.gateway}-cli${n > 1 ? `-${n}` : ''}`)
    } catch (error) {
      const taken = error instanceof CodedError && error.code === 'TW_SPOOL_LOCKED'
      if (!taken || n === AT_ONCE) throw error
    }
}

/** Ships the command's own spool, unless a daemon beside it, which found it left behind by a killed command, does. */
function startShipping({ spool, spoolDirectory, store, data, clock, random, log }: Foundation) {
  const release = claimShipping(spoolDirectory)
  const deadLetter = join(data, 'dead-letter.ndjson')
  const shipper = release && createShipper({ spool, store, deadLetter, clock, random, log })
  shipper?.start()
  return {
    async stop() {
      await shipper?.stop(SHIP)
      const until = clock.monotonic() + SHIP
      while (!shipper && clock.monotonic() < until && (await waiting(spoolDirectory, clock)) > 0)
        await new Promise((resolve) => setTimeout(resolve, 50))
      release?.()
    },
  }
}
