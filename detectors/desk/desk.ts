import type { Documents } from '../../collector/port.ts'
import type { Clock } from '../../core/clock.ts'
import type { KeyRing } from '../../core/signing.ts'
import { assetWeight } from '../assets.ts'
import type { DetectorsConfig } from '../config.ts'
import type { FeedbackReader } from '../feedback/feedback.ts'
import type { Finding, Notice } from '../finding.ts'
import { signedDocument } from '../signed.ts'
import { admits, enter, ledger, weightOf } from './ledger.ts'

/**
 * Decides who is told of a finding that the thresholds let through:
 *
 *   found in shadow, or in quiet hours ▶ as its detector's options say
 *   a fact                             ▶ alerts, whatever was said and spent
 *   known by a verdict                 ▶ digest, no risk
 *   the week's budget is spent on graver matters ▶ digest, risk
 *   otherwise                          ▶ alerts
 *
 * A later revision is judged anew; what alerted once goes on alerting.
 */
export interface Desk {
  /** The finding with its notice, or without one: it alerts. */
  place(finding: Finding): Promise<Finding>
}

export function createDesk(
  config: Pick<DetectorsConfig, 'budget' | 'most' | 'assets'>,
  deps: { documents: Documents; keyRing: KeyRing; clock: Clock; feedback: FeedbackReader },
): Desk {
  const { feedback, clock } = deps
  const worth = assetWeight(config.assets)
  const most = config.most ?? Math.max(1, Math.round(3 * config.budget))
  const book = signedDocument(
    { kind: 'cursor', id: 'told', schema: ledger, empty: () => ({ told: [] }) },
    deps,
  )
  const waits = (finding: Finding, notice: Notice): Finding => ({ ...finding, notice })

  return {
    async place(finding) {
      if (finding.notice || finding.certain) return finding
      const said = feedback.known(finding)
      if (said)
        return waits(finding, {
          to: 'digest',
          by: 'verdict',
          because: `known by the verdict ${said.verdict} of ${said.by}, until ${said.until.slice(0, 10)}`,
        })
      const { id, subject } = finding
      const matter = {
        subject: `${subject.kind}:${subject.id}`,
        weight: weightOf(finding, worth(finding.evidence.collections)),
      }
      let admitted = false
      await book.update((next) => {
        const now = clock.now()
        admitted = admits(next, matter, most, now, feedback.confirmed)
        if (admitted) enter(next, { id, ...matter, at: now }, now)
        return admitted
      })
      if (admitted) return finding
      return waits(finding, {
        to: 'digest',
        by: 'budget',
        because: `this week ${most} people are already the matter of alerts as grave or graver`,
      })
    },
  }
}
