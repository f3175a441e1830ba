import type { Documents } from '../../collector/port.ts'
import type { Clock } from '../../core/clock.ts'
import type { Logger } from '../../core/log.ts'
import type { KeyRing, Verifier } from '../../core/signing.ts'
import type { Finding } from '../finding.ts'
import { knows, type Verdict, verdict, verdictId } from './verdict.ts'

/** Verdicts in the store, signed: who can only write to it can make no detector quiet. */
export interface Feedback {
  put(said: Omit<Verdict, 'id'>): Promise<Verdict>
  find(id: string): Promise<Verdict | undefined>
  /** Takes one back; undefined where there is none. */
  remove(id: string): Promise<Verdict | undefined>
  /** Those that still hold, newest first; at most 500. */
  list(): Promise<Verdict[]>
}

const KIND = 'verdict'
const MOST = 500

const trusted = (keyRing: Verifier, id: string, body: unknown): Verdict | undefined => {
  const parsed = verdict.safeParse(keyRing.open(KIND, id, body))
  return parsed.success && parsed.data.id === id ? parsed.data : undefined
}

async function inForce(documents: Documents, keyRing: Verifier, now: number): Promise<Verdict[]> {
  const page = await documents.list<unknown>(KIND, { limit: MOST })
  return page.documents.flatMap(({ id, body }) => {
    const said = trusted(keyRing, id, body)
    return said && Date.parse(said.until) > now ? [said] : []
  })
}

export function createFeedback(deps: { documents: Documents; keyRing: KeyRing; clock: Clock }): Feedback {
  const { documents, keyRing, clock } = deps
  const find = async (id: string) => {
    const stored = await documents.get<unknown>(KIND, id)
    return stored && trusted(keyRing, id, stored.body)
  }
  return {
    find,
    async put(said) {
      const body: Verdict = { ...said, id: verdictId(said) }
      await documents.put(KIND, body.id, keyRing.sign(KIND, body.id, body), {
        expect: 'any',
        keys: { detector: body.detector },
        at: body.created,
      })
      return body
    },
    async remove(id) {
      const said = await find(id)
      if (said) await documents.remove(KIND, id, 'any')
      return said
    },
    list: () => inForce(documents, keyRing, clock.now()),
  }
}

/** What the detectors ask while they judge: a few seconds old at most. */
export interface FeedbackReader {
  /** Reads again, if the last time was a while ago. */
  refresh(): Promise<void>
  /** The verdict by which this is known to be harmless. */
  known(finding: Finding): Verdict | undefined
  /** A user's windows of this detector are learned although they alerted. */
  forgives(user: string, detector: string): boolean
  /** The alert was closed as a true positive. */
  confirmed(alert: string): boolean
}

const EVERY = 2_000

export function createFeedbackReader(deps: {
  documents: Documents
  keyRing: Verifier
  clock: Clock
  log: Logger
}): FeedbackReader {
  const { documents, keyRing, clock, log } = deps
  let verdicts = new Map<string, Verdict>()
  let confirmed = new Set<string>()
  let looked = -Infinity
  const of = (about: Pick<Verdict, 'detector' | 'subject'>) =>
    verdicts.size === 0 ? undefined : verdicts.get(verdictId(about))
  return {
    async refresh() {
      if (clock.monotonic() - looked < EVERY) return
      looked = clock.monotonic()
      try {
        const all = await inForce(documents, keyRing, clock.now())
        verdicts = new Map(all.map((said) => [said.id, said]))
        confirmed = new Set(all.filter((said) => said.verdict === 'true-positive').map((said) => said.alert))
      } catch (error) {
        log.warn({ err: error }, 'verdicts are not read; the last stay in force')
      }
    },
    known(finding) {
      const said = of(finding)
      return said && knows(said, finding, clock.now()) ? said : undefined
    },
    forgives(user, detector) {
      const said = of({ detector, subject: { kind: 'person', id: user } })
      return said !== undefined && said.verdict !== 'true-positive' && clock.now() < Date.parse(said.until)
    },
    confirmed: (alert) => confirmed.has(alert),
  }
}
