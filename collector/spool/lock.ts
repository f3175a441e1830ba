import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { CodedError } from '../../core/errors.ts'
import { fail } from '../errors.ts'

/** One process writes a spool. @returns unlocks. @throws TW_SPOOL_LOCKED, TW_SPOOL_UNWRITABLE */
export const lockSpool = (directory: string): (() => void) => lock(directory, 'lock')

/**
 * One process ships a spool: the one that writes it, if it has a collector, or else a collector beside it.
 * @returns lets go of it; undefined where another living process ships.
 */
export function claimShipping(directory: string): (() => void) | undefined {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    return lock(directory, 'shipping')
  } catch (error) {
    if (error instanceof CodedError && error.code === 'TW_SPOOL_LOCKED') return undefined
    throw error
  }
}

/** Whether a living process writes this spool. */
export function isWritten(directory: string): boolean {
  const holder = read(join(directory, 'lock'))
  return holder !== '' && living(holder) !== undefined
}

/** The lock names its process by pid and start time, so that a killed one's lock is seen as stale. */
function lock(directory: string, name: string): () => void {
  const file = join(directory, name)
  for (let attempt = 0; ; attempt++) {
    try {
      const fd = openSync(file, 'wx', 0o600)
      writeSync(fd, `${process.pid} ${startOf(process.pid)}\n`)
      closeSync(fd)
      return () => rmSync(file, { force: true })
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST') || attempt > 1)
        throw fail(
          'TW_SPOOL_UNWRITABLE',
          { reason: error instanceof Error ? error.message : 'no lock' },
          error,
        )
    }
    const pid = living(read(file))
    if (pid !== undefined) throw fail('TW_SPOOL_LOCKED', { pid, directory })
    rmSync(file, { force: true })
  }
}

/** The pid in a lock, if that very process lives. */
function living(holder: string): string | undefined {
  const [pid = '', start = ''] = holder.trim().split(' ')
  return pid !== '' && alive(Number(pid)) && startOf(Number(pid)) === start ? pid : undefined
}

const read = (file: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function alive(pid: number): boolean {
  if (/^[ZX]/.test(statOf(pid)[0] ?? '')) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** /proc/PID/stat from its third field (state) on; empty where there is no /proc: then the pid alone decides. */
const statOf = (pid: number): string[] =>
  read(`/proc/${pid}/stat`)
    .replace(/^.*\) /s, '')
    .split(' ')
/** Clock ticks from boot to the start of the process. */
const startOf = (pid: number): string => statOf(pid)[19] ?? ''
