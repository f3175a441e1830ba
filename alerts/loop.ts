import type { Logger } from '../core/log.ts'

/** A worker that polls, and can be woken: it repeats at once while there is work, and slows down while it fails. */
export interface Loop {
  /** Runs until the signal aborts; the pass under way is finished. */
  run(signal: AbortSignal): Promise<void>
  wake(): void
  /** Message of the last pass if it failed. */
  readonly trouble: string | undefined
}

const SLOWEST = 5000

/** `pass` does one round and answers how much it did; `poll` is the pause in ms after a round without work. */
export function createLoop(options: {
  name: string
  poll: number
  log: Logger
  pass: (signal: AbortSignal) => Promise<number>
}): Loop {
  let woken = false
  let rouse: (() => void) | undefined
  let trouble: string | undefined

  const pause = (ms: number, signal: AbortSignal) =>
    new Promise<void>((resolve) => {
      if (woken || signal.aborted) return resolve()
      const done = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', done)
        rouse = undefined
        resolve()
      }
      const timer = setTimeout(done, ms)
      signal.addEventListener('abort', done)
      rouse = done
    })

  return {
    get trouble() {
      return trouble
    },
    wake() {
      woken = true
      rouse?.()
    },
    async run(signal) {
      let failures = 0
      while (!signal.aborted) {
        woken = false
        try {
          const work = await options.pass(signal)
          failures = 0
          trouble = undefined
          if (work > 0) continue
          await pause(options.poll, signal)
        } catch (error) {
          trouble = error instanceof Error ? error.message : String(error)
          options.log.warn({ err: error, worker: options.name }, 'a pass failed and is repeated')
          woken = false
          await pause(Math.min(SLOWEST, options.poll * 2 ** failures++), signal)
        }
      }
    },
  }
}
