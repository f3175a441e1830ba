import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

/** How often the file is read, ms. */
const LOOK = 250

/**
 * Calls `changed` when the file's content, or `beside` (what it names), is other than before, or the file is gone or back. It reads rather than
 * listens: editors replace files, and mounted config maps are links that swap. Content decides, so a touch is nothing;
 * and it has to be the same at two looks, so that a file which is still being written is not taken.
 * @returns stop
 */
export function watchConfig(file: string, beside: () => string, changed: () => void): () => void {
  const look = () => `${digest(file)} ${beside()}`
  let told = look()
  let seen = told
  const timer = setInterval(() => {
    const now = look()
    const settled = now === seen
    seen = now
    if (!settled || now === told) return
    told = now
    changed()
  }, LOOK)
  timer.unref()
  return () => clearInterval(timer)
}

function digest(file: string): string | undefined {
  try {
    return createHash('sha256').update(readFileSync(file)).digest('hex')
  } catch {
    return undefined
  }
}
