import type { Store } from '../../collector/port.ts'
import type { Clock } from '../../core/clock.ts'
import type { Logger } from '../../core/log.ts'
import type { KeyRing, Verifier } from '../../core/signing.ts'
import type { Finding } from '../finding.ts'
import { signedDocument, signedReader } from '../signed.ts'
import {
  addFinding,
  type Contribution,
  clear,
  emptyBook,
  explainRisk,
  type RiskRules,
  restore,
  riskAt,
  riskBook,
  riskTrend,
  worth,
} from './risk.ts'

/** One signed document for everybody at risk: who can write to the store can neither raise nor clear anyone's. */
const BOOK = { kind: 'cursor', id: 'risk', schema: riskBook, empty: emptyBook } as const

/** Risk as it is written: by the detectors as they find, by people who reset it or say that there was nothing. */
export interface RiskWriter {
  /** Before the next event is judged. `weigh`: the worth of the collections a finding touches. */
  add(findings: readonly Finding[], rules: RiskRules, weigh: (finding: Finding) => number): Promise<void>
  /** Everything that stands of a user is cleared. @returns the points that there were. */
  reset(user: string, by: string, reason: string): Promise<number>
  /** One finding turned out to be nothing, or, `stands`, something after all. */
  settle(finding: string, by: string, verdict: string, stands: boolean): Promise<void>
  of(user: string): Promise<UserRisk>
}

/** A user's risk, line by line. */
export interface UserRisk {
  /** 0–100. */
  risk: number
  /** ms. */
  half_life: number
  contributions: readonly (Omit<Contribution, 'at' | 'cleared'> & {
    /** RFC 3339. */
    at: string
    /** Points that are left. */
    left: number
    cleared?: { at: string; by: string; reason: string }
  })[]
  trend: readonly { day: string; risk: number }[]
}

export function createRiskWriter(
  store: Pick<Store, 'documents'>,
  keyRing: KeyRing,
  clock: Clock,
): RiskWriter {
  const book = signedDocument(BOOK, { documents: store.documents, keyRing, clock })
  return {
    async add(findings, rules, weigh) {
      if (findings.length === 0) return
      await book.update((next) => {
        for (const finding of findings) addFinding(next, finding, rules, weigh(finding), clock.now())
        return true
      })
    },
    async reset(user, by, reason) {
      let points = 0
      await book.update((next) => {
        const at = clock.now()
        points = riskAt(of(next.users, user), at, next.half_life)
        return clear(next, (_one, owner) => owner === user, { at, by, reason }) > 0
      })
      return points
    },
    async settle(finding, by, verdict, stands) {
      await book.update((next) =>
        stands
          ? restore(next, finding)
          : clear(next, (one) => one.id === finding, { at: clock.now(), by, reason: verdict }) > 0,
      )
    },
    async of(user) {
      const { users, half_life } = await book.read()
      const [all, now] = [of(users, user), clock.now()]
      return {
        risk: riskAt(all, now, half_life),
        half_life,
        contributions: all
          .map(({ at, cleared, ...one }) => ({
            ...one,
            at: new Date(at).toISOString(),
            left: worth({ at, ...one, ...(cleared && { cleared }) }, now, half_life),
            ...(cleared && { cleared: { ...cleared, at: new Date(cleared.at).toISOString() } }),
          }))
          .toSorted((a, b) => b.left - a.left || (a.at < b.at ? 1 : -1)),
        trend: riskTrend(all, now, half_life),
      }
    },
  }
}

const of = (users: Readonly<Record<string, Contribution[]>>, user: string): Contribution[] =>
  Object.hasOwn(users, user) ? users[user]! : []

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
  const doubt = () =>
    log.error(
      { document: BOOK.id },
      'the risk book is not signed by a known key; the last one stays in force',
    )
  const book = signedReader(BOOK, { documents: store.documents, keyRing, doubt })
  const refresh = async () => void (await book.read())
  const look = () =>
    void refresh().catch((error: unknown) => log.warn({ err: error }, 'risk is not read; the last stays'))
  look()
  const timer = setInterval(look, EVERY)
  timer.unref()
  return {
    of: (user) => riskAt(of(book.last().users, user), clock.now(), book.last().half_life) / 100,
    explain: (user) => explainRisk(of(book.last().users, user), clock.now(), book.last().half_life),
    refresh,
    stop: () => clearInterval(timer),
  }
}
