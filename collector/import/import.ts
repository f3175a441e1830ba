import { canonical } from '../../core/canonical.ts'
import { type Clock, iso } from '../../core/clock.ts'
import type { SessionEvent } from '../../core/event.ts'
import { newId } from '../../core/ids.ts'
import type { Random } from '../../core/random.ts'
import type { MasterKey } from '../../core/secrets.ts'
import { genesis } from '../audit/chain.ts'
import { setAside } from '../shipper/dead-letter.ts'
import type { SourceLine } from '../sources/events.ts'
import { sealer } from '../spool/seal.ts'
import type { Store } from '../store/store.ts'

/** What an import did; ends of the audit chain that it made stand under `chain`. */
export interface Imported {
  chain: string
  created: number
  /** Already in the store, with the same content. */
  duplicates: number
  /** Already in the store with other content, or refused by it. */
  refused: number
  /** Lines that are no events. */
  invalid: number
}

export interface ImportDeps {
  store: Pick<Store, 'append' | 'search'>
  master: MasterKey
  clock: Clock
  random: Random
  /** NDJSON file that gets what could not be imported, with file, line and reason. */
  rejects: string
  /** Told of each line that is no event. */
  onProblem?: (problem: Exclude<SourceLine, { event: SessionEvent }>) => void
}

const BATCH = 500

/**
 * Puts past events into the store under a chain of their own, `import:<id>`, so that readers see them and `verify`
 * covers them, and nobody takes them for a gateway's. Idempotent by `event.id`. Where an event came with a chain and
 * sequence of its own, these are kept under `tracewarden.origin`.
 */
export async function importEvents(source: AsyncIterable<SourceLine>, deps: ImportDeps): Promise<Imported> {
  const { store, clock, random } = deps
  const seal = sealer(deps.master.derive('event-id'), random)
  let head = genesis(`import:${newId(clock, random)}`)
  const done: Imported = { chain: head.chain, created: 0, duplicates: 0, refused: 0, invalid: 0 }
  let batch: SessionEvent[] = []

  const flush = async () => {
    const events = batch
    batch = []
    const stored = new Map<string, string>()
    const { events: found } = await store.search({ ids: events.map(({ event }) => event.id), limit: BATCH })
    for (const event of found) stored.set(event.event.id, original(event))
    const fresh: SessionEvent[] = []
    for (const event of events) {
      const known = stored.get(event.event.id)
      if (known === undefined) {
        const sealed = seal(numberless(event), head, event.event.id)
        stored.set(event.event.id, original(event))
        head = sealed.head
        fresh.push(sealed.event)
      } else if (known === original(event)) done.duplicates++
      else await refuse('tampered', 'the store holds another event under this id', event)
    }
    const results = await store.append(fresh)
    for (const [i, result] of results.entries()) {
      if (!('reason' in result)) done.created++
      else await refuse(result.status, result.reason, fresh[i]!)
    }
  }
  const refuse = async (status: 'tampered' | 'rejected', reason: string, event: SessionEvent) => {
    done.refused++
    await setAside(deps.rejects, [{ status, reason, event }], iso(clock.now()))
  }

  for await (const line of source) {
    if ('event' in line) {
      if (batch.push(line.event) === BATCH) await flush()
      continue
    }
    done.invalid++
    deps.onProblem?.(line)
    const letter = {
      status: 'damaged' as const,
      reason: `${line.file}:${line.line}: ${line.problem}`,
      line: line.text,
    }
    await setAside(deps.rejects, [letter], iso(clock.now()))
  }
  if (batch.length) await flush()
  return done
}

/** The event as a draft of its import chain: its own number and chain move to `tracewarden.origin`. */
function numberless(event: SessionEvent): SessionEvent {
  const { sequence, ...inner } = event.event
  const { chain, ...rest } = event.tracewarden
  const origin = { ...(sequence === undefined ? {} : { sequence }), ...(chain ? { chain } : {}) }
  if (Object.keys(origin).length === 0) return { ...event, event: inner, tracewarden: rest }
  return { ...event, event: inner, tracewarden: { ...rest, origin } }
}

/** What the event was before import, for comparison. */
function original(event: SessionEvent): string {
  const imported = event.tracewarden.chain?.id.startsWith('import:') ? event : numberless(event)
  const { sequence: _sequence, ingested: _ingested, ...inner } = imported.event
  const { chain: _chain, ...rest } = imported.tracewarden
  return canonical({ ...imported, event: inner, tracewarden: rest })
}
