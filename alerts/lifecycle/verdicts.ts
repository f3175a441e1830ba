import type { Documents } from '../../collector/port.ts'
import { type Clock, iso } from '../../core/clock.ts'
import type { KeyRing } from '../../core/signing.ts'
import {
  createFeedback,
  createRiskWriter,
  isDeterministic,
  type UserRisk,
  type Verdict,
} from '../../detectors/port.ts'
import { fail } from '../errors.ts'
import type { Alert } from './alert.ts'

export type { UserRisk, Verdict } from '../../detectors/port.ts'

/** What a verdict does beyond its alert: it teaches the detector, for this subject and a time, and settles the risk. */
export interface Verdicts {
  /** After the alert was closed. `until`: RFC 3339. */
  closed(alert: Alert, said: { by: string; confirmed?: string; reason: string; until: string }): Promise<void>
  /** Whatever closing it did is undone. */
  reopened(alert: Alert): Promise<void>
  /** Those in force, newest first. */
  list(): Promise<Verdict[]>
  find(id: string): Promise<Verdict | undefined>
  /** @throws TW_VERDICT_UNKNOWN */
  revoke(id: string): Promise<Verdict>
  risk(user: string): Promise<UserRisk>
  /** @returns points that there were. */
  resetRisk(user: string, by: string, reason: string): Promise<number>
}

export function createVerdicts(deps: { documents: Documents; keyRing: KeyRing; clock: Clock }): Verdicts {
  const feedback = createFeedback(deps)
  const risk = createRiskWriter(deps, deps.keyRing, deps.clock)
  return {
    async closed(alert, { by, confirmed, reason, until }) {
      const { verdict, id, detector, subject, severity, p } = alert
      if (verdict === 'none') return
      // A fact stays a fact: nothing is learned of it, though its risk is settled like any other.
      if (!alert.certain && !isDeterministic(detector))
        await feedback.put({
          ...{ detector, subject, verdict, alert: id, severity, p, by, reason, until },
          ...(confirmed !== undefined && { confirmed }),
          created: iso(deps.clock.now()),
        })
      await risk.settle(id, by, `${verdict}: ${reason}`.slice(0, 300), verdict === 'true-positive')
    },
    async reopened(alert) {
      for (const said of await feedback.list()) if (said.alert === alert.id) await feedback.remove(said.id)
      await risk.settle(alert.id, '', '', true)
    },
    list: () => feedback.list(),
    find: (id) => feedback.find(id),
    async revoke(id) {
      const said = await feedback.remove(id)
      if (!said) throw fail('TW_VERDICT_UNKNOWN', { id })
      return said
    },
    risk: (user) => risk.of(user),
    resetRisk: (user, by, reason) => risk.reset(user, by, reason),
  }
}
