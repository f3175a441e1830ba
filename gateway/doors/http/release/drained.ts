import type { ServerResponse } from 'node:http'

/** Resolves when the client has taken what was written, or is gone. */
export function drained(res: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      res.off('drain', done)
      res.off('close', done)
      resolve()
    }
    if (res.destroyed || !res.writableNeedDrain) return resolve()
    res.on('drain', done)
    res.on('close', done)
  })
}
