import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { fail } from '../errors.ts'

/** One process writes a spool. The lock names it by pid and start time, so that a killed one's lock is seen as stale. */
export function lockSpool(directory: string): () => void {
  const file = join(directory, 'lock')
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
    const [pid = '', start = ''] = read(file).trim().split(' ')
    if (pid !== '' && alive(Number(pid)) && startOf(Number(pid)) === start)
      throw fail('TW_SPOOL_LOCKED', { pid, directory })
    rmSync(file, { force: true })
  }
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
