import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { isWritten, openSpoolTail } from '../collector/port.ts'
import type { Clock } from '../core/clock.ts'

/** The spools of all processes on a data directory: `spool/<process>`, each with a chain of its own. */
export function spoolDirectories(data: string): string[] {
  const root = join(data, 'spool')
  if (!existsSync(root)) return []
  return readdirSync(root)
    .sort()
    .map((name) => join(root, name))
    .filter((directory) => existsSync(join(directory, 'chain.json')))
}

/** Whether there is, or soon may be, something to ship. */
export async function needsShipping(directory: string, clock: Clock): Promise<boolean> {
  return isWritten(directory) || (await waiting(directory, clock)) > 0
}

/** Bytes that are not in the store yet. */
export async function waiting(directory: string, clock: Clock): Promise<number> {
  const tail = openSpoolTail({ directory, clock })
  try {
    return tail.backlog().bytes
  } finally {
    await tail.close()
  }
}
