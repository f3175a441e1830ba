import type { Cursor, Store } from '../../collector/port.ts'
import type { SessionEvent } from '../../core/event.ts'

/**
 * Reads all chains in step: each by its sequence, together by time, so that weeks of one gateway's history are not
 * judged before another's have been read. A chain that ran ahead waits; one that has nothing more holds nobody up.
 */
export interface Merge {
  /** The next events in order, at most about `limit`; empty when everything there is has been given. */
  next(limit: number): Promise<SessionEvent[]>
  /** Whether there is more than was given: something waits here, or the store gave a full page. */
  behind(): boolean
  /** Everything up to here has been given. */
  cursor(): Cursor
}

interface Chain {
  queue: SessionEvent[]
  head: number
  /** ms: its newest event so far. The last may be older: it came late. */
  upTo: number
  /** The last read brought something, so more may follow. */
  more: boolean
}

const PAUSED = Number.MAX_SAFE_INTEGER
const timeOf = (event: SessionEvent) => Date.parse(event['@timestamp'])

export function createMerge(store: Pick<Store, 'read'>, from: Cursor): Merge {
  const given: Record<string, number> = { ...from }
  let reading: Cursor = from
  const chains = new Map<string, Chain>()
  let full = false
  /** Read while what was given before is judged. */
  let ahead: Promise<() => void> | undefined

  const fetch = async (limit: number): Promise<() => void> => {
    const request: Record<string, number> = { ...reading }
    const paused = new Set<string>()
    for (const [name, chain] of chains)
      if (chain.queue.length - chain.head >= limit) {
        paused.add(name)
        request[name] = PAUSED
      }
    const page = await store.read(request, limit)
    return () => fill(page, paused, limit)
  }
  const fill = (page: Awaited<ReturnType<Store['read']>>, paused: ReadonlySet<string>, limit: number) => {
    const next: Record<string, number> = { ...page.cursor }
    for (const name of paused) next[name] = reading[name] ?? 0
    reading = next
    full = isFull(page.events, limit)
    for (const [name, chain] of chains) if (!paused.has(name)) chain.more = false
    for (const event of page.events) {
      const name = event.tracewarden.chain?.id ?? ''
      let chain = chains.get(name)
      if (!chain) {
        chain = { queue: [], head: 0, upTo: -Infinity, more: true }
        chains.set(name, chain)
      }
      chain.queue.push(event)
      chain.upTo = Math.max(chain.upTo, timeOf(event))
      chain.more = true
    }
  }

  const take = (limit: number) => {
    let bound = Infinity
    for (const chain of chains.values()) if (chain.more) bound = Math.min(bound, chain.upTo)
    const events: SessionEvent[] = []
    while (events.length < limit) {
      let first: Chain | undefined
      let least = Infinity
      for (const chain of chains.values()) {
        const event = chain.queue[chain.head]
        const at = event ? timeOf(event) : Infinity
        if (at <= bound && at < least) {
          first = chain
          least = at
        }
      }
      if (!first) break
      const event = first.queue[first.head++]!
      given[event.tracewarden.chain?.id ?? ''] = event.event.sequence ?? 0
      events.push(event)
    }
    for (const chain of chains.values())
      if (chain.head > 0) {
        chain.queue = chain.queue.slice(chain.head)
        chain.head = 0
      }
    return events
  }

  return {
    async next(limit) {
      for (;;) {
        const early = ahead
        ahead = undefined
        const filled = await (early ?? fetch(limit))
        filled()
        const events = take(limit)
        const waiting = [...chains.values()].some((chain) => chain.queue.length > 0)
        if (full) {
          ahead = fetch(limit)
          ahead.catch(() => {}) // told to whoever asks next
        }
        if (events.length || (!waiting && !early)) return events
      }
    },
    behind: () => full || [...chains.values()].some(({ queue }) => queue.length > 0),
    cursor: () => ({ ...given }),
  }
}

/** A page is shared among chains: of one it is full where that one has about its share. */
function isFull(events: readonly SessionEvent[], limit: number): boolean {
  const counts = new Map<string, number>()
  for (const { tracewarden } of events) {
    const chain = tracewarden.chain?.id ?? ''
    counts.set(chain, (counts.get(chain) ?? 0) + 1)
  }
  return Math.max(0, ...counts.values()) * 2 * counts.size >= limit && counts.size > 0
}
