import { open } from 'node:fs/promises'
import type { SessionEvent } from '../../core/event.ts'
import type { Position } from '../spool/spool.ts'

/** What could not be stored, kept whole, with why. */
export interface DeadLetter {
  status: 'tampered' | 'rejected' | 'damaged'
  reason: string
  event?: SessionEvent
  /** Of a damaged line: where it stood, and what it holds. */
  place?: Position
  line?: string
}

/** Appends letters to the file, one a line, and syncs it: only then may the spool let go of them. */
export async function setAside(file: string, letters: readonly DeadLetter[], at: string): Promise<void> {
  const handle = await open(file, 'a', 0o600)
  try {
    await handle.appendFile(letters.map((letter) => `${JSON.stringify({ at, ...letter })}\n`).join(''))
    await handle.datasync()
  } finally {
    await handle.close()
  }
}
