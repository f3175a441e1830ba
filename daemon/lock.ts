import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fail } from './errors.ts'

/**
 * One process a data directory and role set: two writers on one spool would break its chain. A lock left by a process
 * that is gone is taken over.
 * @returns release
 * @throws TW_DATA_LOCKED
 */
export function lockDirectory(directory: string, name: string): () => void {
  mkdirSync(directory, { recursive: true })
  const file = join(directory, `${name}.pid`)
  for (let attempt = 0; ; attempt++)
    try {
      writeFileSync(file, `${process.pid}\n`, { flag: 'wx' })
      return () => rmSync(file, { force: true })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || attempt > 1) throw error
      const pid = Number(readFileSync(file, 'utf8'))
      if (isAlive(pid)) throw fail('TW_DATA_LOCKED', { pid, directory })
      rmSync(file, { force: true })
    }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
