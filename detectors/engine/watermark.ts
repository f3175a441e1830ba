/**
 * How far event time has come: nothing older is expected, but for late spools. Each chain (gateway) is in order by
 * itself, so the watermark is that of the slowest chain; one that has been silent for `patience` holds nobody up.
 */
export interface Watermark {
  /** ms; windows that end at or before it are complete. */
  readonly at: number
  see(chain: string, at: number): void
  /** The wall clock: moves the watermark on when every chain is silent. */
  tick(now: number): void
  save(): Record<string, number>
  load(chains: Readonly<Record<string, number>>): void
}

export function createWatermark(lateness: number, patience = 2 * 3600e3): Watermark {
  const chains = new Map<string, number>()
  let newest = -Infinity
  let at = -Infinity
  const settle = () => {
    let slowest = newest
    for (const [, seen] of chains) if (newest - seen < patience && seen < slowest) slowest = seen
    at = Math.max(at, slowest - lateness)
  }
  return {
    get at() {
      return at
    },
    see(chain, time) {
      const seen = chains.get(chain)
      if (seen !== undefined && time <= seen) return
      chains.set(chain, time)
      newest = Math.max(newest, time)
      if (seen === undefined || chains.size > 1) settle()
      else at = Math.max(at, time - lateness)
    },
    tick(now) {
      if (newest === -Infinity) return
      if (now - newest >= patience) at = Math.max(at, now - patience - lateness)
    },
    save: () => Object.fromEntries(chains),
    load(saved) {
      for (const [chain, time] of Object.entries(saved)) {
        chains.set(chain, time)
        newest = Math.max(newest, time)
      }
      if (chains.size) settle()
    },
  }
}
