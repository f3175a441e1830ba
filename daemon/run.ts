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

/**
 * What nobody has caught leaves the process in a state that nobody knows: it says so and ends with 1, for its
 * supervisor to start it again. Nothing is lost by that, as for a kill: what was shown is on disk.
 */
export function endOnFault(log: Logger): void {
  const end = (fault: unknown, kind: string) => {
    log.fatal({ err: fault, kind }, 'a fault nobody caught: the process ends, what was recorded is on disk')
    process.exit(1)
  }
  process.on('uncaughtException', (error) => end(error, 'exception'))
  process.on('unhandledRejection', (reason) => end(reason, 'rejection'))
}
