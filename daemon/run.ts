import type { Logger } from '../core/log.ts'
import type { Daemon } from './start.ts'

const DRAIN = 10_000

/** Resolves when the process was asked to end and has drained; a second signal ends it at once. */
export function untilSignalled(daemon: Daemon, log: Logger): Promise<void> {
  return new Promise((resolve, reject) => {
    let draining = false
    const end = (signal: NodeJS.Signals) => {
      if (draining) process.exit(1)
      draining = true
      log.info({ signal }, 'draining')
      daemon.stop(DRAIN).then(resolve, reject)
    }
    process.on('SIGTERM', end)
    process.on('SIGINT', end)
  })
}
