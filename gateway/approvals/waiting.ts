/** Wakes whoever waits for an approval in this process; other replicas' decisions are found by looking. */
export interface Waiting {
  wake(id: string): void
  /** Resolves when woken, after `ms`, or when the signal aborts; whichever is first. */
  sleep(id: string, ms: number, signal?: AbortSignal): Promise<void>
}

export function createWaiting(): Waiting {
  const sleepers = new Map<string, Set<() => void>>()
  return {
    wake(id) {
      for (const wakeUp of sleepers.get(id) ?? []) wakeUp()
    },
    sleep: (id, ms, signal) =>
      new Promise((resolve) => {
        const done = () => {
          clearTimeout(timer)
          signal?.removeEventListener('abort', done)
          const others = sleepers.get(id)
          others?.delete(done)
          if (others?.size === 0) sleepers.delete(id)
          resolve()
        }
        const timer = setTimeout(done, ms)
        const here = sleepers.get(id) ?? new Set()
        sleepers.set(id, here.add(done))
        signal?.addEventListener('abort', done)
        if (signal?.aborted) done()
      }),
  }
}
