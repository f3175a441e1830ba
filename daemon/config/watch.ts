import { createHash } from 'node:crypto'
import { readFileSync, unwatchFile, watchFile } from 'node:fs'

/**
 * Calls `changed` when the file's content is other than before. Polls by stat every half second: editors replace files,
 * and mounted config maps are links that swap; content decides, so a touch is nothing.
 * @returns stop
 */
export function watchConfig(file: string, changed: () => void): () => void {
  let last = digest(file)
  const listener = () => {
    const now = digest(file)
    if (now === last || now === undefined) return
    last = now
    changed()
  }
  watchFile(file, { interval: 500 }, listener)
  return () => unwatchFile(file, listener)
}

function digest(file: string): string | undefined {
  try {
    return createHash('sha256').update(readFileSync(file)).digest('hex')
  } catch {
    return undefined
  }
}
