import type { Clock } from '../../core/clock.ts'
import { iso } from '../../core/clock.ts'
import { CodedError } from '../../core/errors.ts'
import type { SessionEvent } from '../../core/event.ts'
import type { Logger } from '../../core/log.ts'
import type { Random } from '../../core/random.ts'
import type { CollectorMetrics } from '../metrics.ts'
import type { SpoolOutlet } from '../spool/spool.ts'
import type { AppendResult, Store } from '../store/store.ts'
import { type DeadLetter, setAside } from './dead-letter.ts'

/**
 * Moves events from the spool to the store, in order, one batch at a time: the next is read only when the store has
 * answered for the last, so a slow store slows the shipper and fills the spool, never memory. What the store refuses
 * is set aside in the dead-letter file before it is acknowledged; it never stops the rest.
 */
export interface Shipper {
  start(): void
  /** Ships on until nothing waits, at most `deadline` ms. @returns whether nothing waits. */
  stop(deadline: number): Promise<boolean>
  /** For /readyz: why nothing moves, and since when (ms since epoch). */
  stuck(): { reason: string; since: number } | undefined
}

export interface ShipperDeps {
  spool: SpoolOutlet
  store: Pick<Store, 'append'>
  /** NDJSON file, appended. */
  deadLetter: string
  clock: Clock
  random: Random
  log: Logger
  metrics?: CollectorMetrics
  /** Longest pause between attempts, ms. */
  patience?: number
}

/** Most events of one batch; the stores split it as suits them. */
const BATCH = 2500
const FIRST_PAUSE = 100

export function createShipper(deps: ShipperDeps): Shipper {
  const { spool, store, clock, log, metrics } = deps
  const patience = deps.patience ?? 15_000
  let running: Promise<void> | undefined
  let until = Number.POSITIVE_INFINITY
  let draining = false
  let stuck: { reason: string; since: number } | undefined
  let wake = (_stopping?: boolean) => {}

  /** Resolves after `ms`, or when something was synced, or at the call to stop. */
  const pause = (ms: number, interruptible: boolean) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.max(0, ms))
      wake = (stopping = false) => {
        if (!interruptible && !stopping) return
        clearTimeout(timer)
        resolve()
      }
    })

  const over = () => clock.monotonic() >= until

  /** Appends, however long it takes. A batch that is refused as a whole is halved down to the event at fault. */
  const deliver = async (events: readonly SessionEvent[]): Promise<AppendResult[] | undefined> => {
    for (let attempt = 0; ; attempt++) {
      try {
        const results = await store.append(
          events.map((event) => ({ ...event, event: { ...event.event, ingested: iso(clock.now()) } })),
        )
        if (stuck) log.info({ after: clock.now() - stuck.since }, 'the store takes events again')
        stuck = undefined
        return results
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error)
        if (error instanceof CodedError && error.code === 'TW_STORE_INVALID') {
          if (events.length === 1) return [{ status: 'rejected', reason }]
          const half = events.length >> 1
          const first = await deliver(events.slice(0, half))
          const second = first && (await deliver(events.slice(half)))
          return second && [...first, ...second]
        }
        if (!stuck) log.error({ reason }, 'the store does not take events: they wait in the spool')
        stuck ??= { reason, since: clock.now() }
        metrics?.shipRetries.inc()
        if (over()) return undefined
        const most = Math.min(patience, FIRST_PAUSE * 2 ** Math.min(attempt, 20))
        await pause(Math.min(most * fraction(deps.random), until - clock.monotonic()), false)
      }
    }
  }

  const ship = async (): Promise<'moved' | 'idle' | 'stopped'> => {
    const { events, damaged, position } = await spool.pending(BATCH)
    if (events.length === 0 && damaged.length === 0) return 'idle'
    const results = await deliver(events)
    if (!results) return 'stopped'
    const letters: DeadLetter[] = damaged.map(({ line, ...place }) => ({
      status: 'damaged',
      reason: 'a line of the spool is no event',
      place,
      line,
    }))
    results.forEach((result, i) => {
      const event = events[i]!
      metrics?.shipped.inc({ status: result.status })
      metrics?.shipDelay.observe(Math.max(0, clock.now() - Date.parse(event['@timestamp'])) / 1000)
      if ('reason' in result) letters.push({ ...result, event })
    })
    if (letters.length) {
      metrics?.shipped.inc({ status: 'damaged' }, damaged.length)
      await setAside(deps.deadLetter, letters, iso(clock.now()))
      for (const { status, reason, event, place } of letters)
        log.error({ status, reason, id: event?.event.id, place, file: deps.deadLetter }, MESSAGES[status])
    }
    await spool.acknowledge(position)
    return 'moved'
  }

  const run = async () => {
    const stopListening = spool.onSynced(() => wake())
    while (!over()) {
      let outcome: Awaited<ReturnType<typeof ship>>
      try {
        outcome = await ship()
      } catch (error) {
        log.error({ reason: error instanceof Error ? error.message : String(error) }, 'shipping failed')
        outcome = 'idle'
        await pause(Math.min(1000, until - clock.monotonic()), false)
      }
      if (outcome === 'stopped') break
      if (outcome === 'moved') continue
      if (draining && spool.backlog().bytes === 0) break
      await pause(Math.min(1000, until - clock.monotonic()), true)
    }
    stopListening()
  }

  return {
    start() {
      running ??= run()
    },
    async stop(deadline) {
      until = clock.monotonic() + deadline
      draining = true
      wake(true)
      await running
      return spool.backlog().bytes === 0
    },
    stuck: () => stuck,
  }
}

const MESSAGES: Readonly<Record<DeadLetter['status'], string>> = {
  tampered: 'TAMPERING: the store holds another event under this id; this one is set aside',
  rejected: 'the store refused an event; it is set aside',
  damaged: 'a damaged line of the spool is set aside',
}

/** Evenly from 0 to 1: pauses of many shippers spread out (full jitter). */
const fraction = (random: Random): number => random.bytes(4).readUInt32LE() / 2 ** 32
