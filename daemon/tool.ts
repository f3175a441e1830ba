import { userInfo } from 'node:os'
import { join } from 'node:path'
import { createShipper } from '../collector/port.ts'
import { createLogger } from '../core/log.ts'
import { lintConfig } from './config/lint.ts'
import { loadConfig } from './config/load.ts'
import type { Config } from './config/schema.ts'
import { type Foundation, openFoundation } from './foundation.ts'

/** Who runs a command, as events know it. */
export const operator = (): string => `cli:${userInfo().username}`

export const readConfigFile = (file: string): Config =>
  loadConfig(file, { env: process.env, lint: lintConfig })

/**
 * Runs one command on the daemon's store and keys, beside a running daemon or without one. What it does is recorded
 * like everything else: in a spool and a chain of its own, shipped before it ends.
 */
export async function withFoundation<T>(file: string, work: (base: Foundation) => Promise<T>): Promise<T> {
  const config = readConfigFile(file)
  const log = createLogger('warn')
  const base = await openFoundation(config, log, `${config.gateway}-cli`)
  const { spool, store, clock, random } = base
  const shipper = createShipper({
    spool,
    store,
    deadLetter: join(base.data, 'dead-letter.ndjson'),
    clock,
    random,
    log,
  })
  shipper.start()
  try {
    return await work(base)
  } finally {
    await shipper.stop(5000)
    await base.close()
  }
}
