import { pino } from 'pino'
import type { Test } from 'tap'
import { alertsConfig, createAlerts } from '../../alerts/port.ts'
import { openStore, type Store } from '../../collector/port.ts'
import { type Clock, iso, systemClock } from '../../core/clock.ts'
import type { EventDraft } from '../../core/event.ts'
import { openKeyRing } from '../../core/signing.ts'
import type { Finding } from '../../detectors/port.ts'
import type { Identity, Person } from '../../gateway/port.ts'
import { testRandom } from '../support/random.ts'

/** A small company: who works there, its store and its alerts. */
export const log = pino({ level: 'silent' })
const random = testRandom('office')

const person = (user: string, more: Partial<Person> = {}): Person => ({
  id: `https://id.example#${user}`,
  user,
  name: `Name of ${user}`,
  roles: ['ml-engineer'],
  team: 'search',
  kind: 'human',
  ...more,
})
export const PEOPLE: readonly Person[] = [
  person('ada'),
  person('soc1', { roles: ['soc'], team: 'security' }),
  person('soc2', { roles: ['soc'], team: 'security' }),
  person('owner1', { roles: ['trace-owner'], team: 'data' }),
  person('owner2', { roles: ['trace-owner'], team: 'data' }),
  person('robot', { kind: 'service', owner: 'soc1' }),
]
export const personOf = (user: string): Person | undefined => PEOPLE.find((one) => one.user === user)

export function identityOf(user: string): Identity {
  return {
    person: personOf(user)!,
    credential: {
      id: `tok_${user}`,
      kind: 'cookie',
      expires: Date.now() + 3600e3,
      authenticated: Date.now(),
    },
  }
}

export function finding(id: string, more: Partial<Finding> = {}): Finding {
  return {
    id,
    '@timestamp': '2026-02-12T10:00:00.000Z',
    detector: 'volume-spike',
    user: { id: 'ada' },
    subject: { kind: 'person', id: 'ada' },
    incident: 'i1',
    revision: 1,
    severity: 'medium',
    score: 12,
    p: 1e-9,
    config: 'sha256:0',
    window: { from: '2026-02-12T00:00:00.000Z', to: '2026-02-13T00:00:00.000Z' },
    summary: '423 traces on 12 Feb, usually 12 (5 to 31) on a Thursday',
    evidence: {
      observed: 423,
      expected: 12.1,
      low: 5,
      high: 31,
      baseline: { from: '2025-11-01T00:00:00.000Z', to: '2026-02-11T00:00:00.000Z', n: 61 },
      peers: { expected: 9 },
      sessions: ['session-1'],
      events: ['event-1'],
    },
    threat: { technique: { id: ['T1213'] } },
    ...more,
  }
}

/** As the detectors write it: a new revision replaces the last one. */
export const writeFinding = (store: Store, value: unknown, id: string) =>
  store.documents.put('finding', id, value, {
    expect: 'any',
    keys: { state: 'new' },
    at: '2026-02-12T10:00:00.000Z',
  })

export async function openOffice(t: Test, options: { still?: boolean; store?: Store; alerts?: object } = {}) {
  let ahead = 0
  const begun = Date.now()
  // A clock that stands still moves only by `skip`.
  const now = options.still ? () => begun + ahead : () => Date.now() + ahead
  const clock: Clock = { now, monotonic: systemClock.monotonic }
  const skip = (ms: number) => {
    ahead += ms
  }
  const directory = t.testdir()
  const store =
    options.store ??
    (await openStore({ kind: 'embedded', file: ':memory:' }, { dataDir: directory, log, clock }))
  const keyRing = openKeyRing(`${directory}/keys`, 'alerts')
  const events: EventDraft[] = []
  const emit = async (draft: EventDraft) => {
    events.push(draft)
  }
  const alerts = createAlerts({
    documents: store.documents,
    keyRing,
    clock,
    log,
    emit,
    roles: () => ['soc', 'admin'],
    person: personOf,
    config: () => alertsConfig.parse(options.alerts ?? {}),
  })
  if (!options.store) t.teardown(() => store.close())
  return { clock, skip, directory, store, keyRing, events, emit, alerts, random }
}

/** Runs a worker until the test ends, or until the answer is called. */
export function runs(t: Test, worker: { run(signal: AbortSignal): Promise<void> }): () => Promise<void> {
  const stop = new AbortController()
  const running = worker.run(stop.signal)
  const end = async () => {
    stop.abort()
    await running
  }
  t.teardown(end)
  return end
}

/** Resolves with the first value that is neither undefined nor false. */
export async function eventually<T>(
  look: () => Promise<T | undefined | false> | T | undefined | false,
  what: string,
): Promise<T> {
  const started = Date.now()
  for (;;) {
    const value = await look()
    if (value !== undefined && value !== false) return value
    if (Date.now() - started > 120_000) throw new Error(`never happened: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

export const later = (ms: number) => iso(Date.now() + ms)
