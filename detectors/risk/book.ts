import type { Store, Version } from '../../collector/port.ts'
import { type Clock, iso } from '../../core/clock.ts'
import type { Logger } from '../../core/log.ts'
import type { KeyRing, Verifier } from '../../core/signing.ts'
import type { Finding } from '../finding.ts'
import { addFinding, explainRisk, type RiskBook, riskAt, riskBook } from './risk.ts'

/** One signed document for everybody at risk: who can write to the store can neither raise nor clear anyone's. */
const KIND = 'cursor'
const ID = 'risk'

export function createRiskWriter(store: Store, keyRing: KeyRing, clock: Clock) {
  let book: RiskBook = { users: {} }
  let version: Version | undefined
  return {
    async load(): Promise<void> {
      const stored = await store.documents.get<unknown>(KIND, ID)
      version = stored?.version
      const parsed = riskBook.safeParse(stored && keyRing.open(KIND, ID, stored.body))
      book = parsed.success ? parsed.data : { users: {} }
    },
    /** Before the next event is judged. @throws TW_STORE_CONFLICT where another process wrote */
    async add(findings: readonly Finding[]): Promise<void> {
      if (findings.length === 0) return
      for (const finding of findings) addFinding(book, finding)
      const at = iso(clock.now())
      version = await store.documents.put(KIND, ID, keyRing.sign(KIND, ID, book), {
        expect: version ?? 'absent',
        at,
      })
    },
  }
}

/** What the gateway asks: risk by `user.id`, a few seconds old at most while the store answers. */
export interface RiskReader {
  /** 0–1 (100 points); the last that was read where the store does not answer. */
  of(user: string): number
  explain(user: string): string[]
  refresh(): Promise<void>
  stop(): void
}

const EVERY = 2_000

export function startRiskReader(deps: {
  store: Pick<Store, 'documents'>
  keyRing: Verifier
  clock: Clock
  log: Logger
}): RiskReader {
  const { store, keyRing, clock, log } = deps
  let book: RiskBook = { users: {} }
  let seen: Version | undefined
  const refresh = async () => {
    const stored = await store.documents.get<unknown>(KIND, ID)
    if (!stored || stored.version === seen) return
    seen = stored.version
    const parsed = riskBook.safeParse(keyRing.open(KIND, ID, stored.body))
    // One that is not signed is no order: what was known stays.
    if (parsed.success) book = parsed.data
    else
      log.error({ document: ID }, 'the risk book is not signed by a known key; the last one stays in force')
  }
  const look = () =>
    void refresh().catch((error: unknown) => log.warn({ err: error }, 'risk is not read; the last stays'))
  look()
  const timer = setInterval(look, EVERY)
  timer.unref()
  const of = (user: string) => (Object.hasOwn(book.users, user) ? book.users[user]! : [])
  return {
    of: (user) => riskAt(of(user), clock.now()) / 100,
    explain: (user) => explainRisk(of(user), clock.now()),
    refresh,
    stop: () => clearInterval(timer),
  }
}
