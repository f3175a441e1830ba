import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import type { Store } from '../../collector/port.ts'
import type { SessionEvent } from '../../core/event.ts'
import { generatePopulation } from '../../fixtures/port.ts'

export const PER_MINUTE = 100_000
const USERS = 8_000
const GATEWAYS = 2
/** ms between batches: a spool is synced and shipped many times a second. */
const EVERY = 200
/** As the shipper sends them. */
const BATCH = 2500

export interface Arrivals {
  /** Gives the store what arrives in so many seconds, as far as it takes them, and a file the same. @returns ms it took */
  feed(seconds: number): Promise<number>
  /** The last sequence of each chain. */
  readonly given: Readonly<Record<string, number>>
  /** Events given. */
  readonly count: number
  end(): Promise<void>
}

/**
 * Three days of a company, minutes long: in the order of arrival, dated when they arrive. What came late by minutes
 * does here too. A chain a gateway, as their spools have it; insiders of the kinds that are facts.
 */
export function arrivals(store: Pick<Store, 'append'>, file: string): Arrivals {
  const { events } = generatePopulation({
    ...{ seed: 31, users: USERS, days: 3, end: Date.UTC(2026, 10, 20) },
    insiders: { each: 20, strengths: [1], kinds: ['policy-tamper', 'canary', 'masking-bypass'] },
  })
  const source = events[Symbol.iterator]()
  const known = new Set<string>()
  const given: Record<string, number> = {}
  const copy = createWriteStream(file)
  let newest = Number.NEGATIVE_INFINITY
  let count = 0

  const arrive = (event: SessionEvent): SessionEvent => {
    const now = Date.now()
    const at = Date.parse(event['@timestamp'])
    newest = Math.max(newest, at)
    const chain = `gw-${(event.user?.id ?? '').charCodeAt(5) % GATEWAYS}`
    const sequence = (given[chain] ?? 0) + 1
    given[chain] = sequence
    return {
      ...event,
      '@timestamp': new Date(now - (newest - at)).toISOString(),
      event: { ...event.event, sequence, ingested: new Date(now).toISOString() },
      tracewarden: { ...event.tracewarden, chain: { id: chain, prev: '', hash: `sha256:${sequence}` } },
    }
  }
  const batch = (size: number): SessionEvent[] => {
    const taken: SessionEvent[] = []
    while (taken.length < size) {
      const { value, done } = source.next()
      if (done) break
      // A spool gives each event one sequence; what comes twice comes from the shipper, and the store knows it.
      if (known.has(value.event.id)) continue
      known.add(value.event.id)
      taken.push(arrive(value))
    }
    return taken
  }
  return {
    given,
    get count() {
      return count
    },
    async feed(seconds) {
      const started = performance.now()
      const before = count
      for (;;) {
        const elapsed = performance.now() - started
        if (elapsed >= seconds * 1000) return elapsed
        const size = Math.round(before + ((elapsed + EVERY) * PER_MINUTE) / 60_000) - count
        const events = batch(Math.min(size, BATCH))
        if (events.length === 0) throw new Error('the company has no more to tell')
        const results = await store.append(events)
        const lost = results.find(({ status }) => status !== 'created')
        if (lost) throw new Error(`the store did not take an event: ${JSON.stringify(lost)}`)
        count += events.length
        if (!copy.write(events.map((event) => `${JSON.stringify(event)}\n`).join('')))
          await once(copy, 'drain')
        const ahead = ((count - before) * 60_000) / PER_MINUTE - (performance.now() - started)
        if (ahead > 0) await new Promise((resolve) => setTimeout(resolve, ahead))
      }
    },
    async end() {
      copy.end()
      await once(copy, 'close')
    },
  }
}
