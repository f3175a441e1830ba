import { createHash } from 'node:crypto'
import type { Documents } from '../../collector/port.ts'
import { canonical } from '../../core/canonical.ts'
import type { KeyRing } from '../../core/signing.ts'
import { type Finding, isDeterministic, SEVERITIES, type Severity } from '../../detectors/port.ts'
import { fail } from '../errors.ts'
import { type Alert, subjectKey, type Via } from './alert.ts'

/** One detector kept quiet about one subject, up to a severity, until a time. Signed: the store cannot invent one. */
export interface Suppression {
  id: string
  detector: string
  subject: Finding['subject']
  /** Quiet up to and with this; anything higher is told. */
  severity: Severity
  by: string
  via: Via
  reason: string
  created: string
  until: string
}

const LONGEST_DAYS = 90
const DAY = 86_400_000

export const covers = (
  suppression: Suppression,
  finding: { detector: string; subject: Finding['subject']; severity: Severity },
  at: string,
): boolean =>
  !isDeterministic(finding.detector) &&
  suppression.detector === finding.detector &&
  suppression.subject.kind === finding.subject.kind &&
  suppression.subject.id === finding.subject.id &&
  SEVERITIES.indexOf(finding.severity) <= SEVERITIES.indexOf(suppression.severity) &&
  Date.parse(at) < Date.parse(suppression.until)

const idOf = (detector: string, subject: Finding['subject']) =>
  createHash('sha256')
    .update(canonical({ detector, subject: { kind: subject.kind, id: subject.id } }))
    .digest('hex')

/** @throws TW_SUPPRESSION_DETERMINISTIC, TW_SUPPRESSION_PERIOD, TW_ALERT_REASON */
function check(input: Pick<Suppression, 'detector' | 'created' | 'until' | 'reason'>): void {
  if (isDeterministic(input.detector))
    throw fail('TW_SUPPRESSION_DETERMINISTIC', { detector: input.detector })
  const length = Date.parse(input.until) - Date.parse(input.created)
  if (!(length > 0 && length <= LONGEST_DAYS * DAY))
    throw fail('TW_SUPPRESSION_PERIOD', { days: LONGEST_DAYS })
  const reason = input.reason.trim()
  if (reason === '' || reason.length > 1000) throw fail('TW_ALERT_REASON')
}

/** Alerts of that matter that are not closed become quiet at once. */
export async function applySuppression(
  suppression: Suppression,
  deps: {
    documents: Documents
    change: (id: string, next: (alert: Alert) => Alert) => Promise<Alert>
    now: () => string
  },
): Promise<void> {
  const { detector, subject, by, via, reason, until } = suppression
  const page = await deps.documents.list<Alert>('alert', {
    keys: { detector, subject: subjectKey(subject), suppressed: 'no' },
    limit: 200,
  })
  for (const { id, body } of page.documents) {
    if (body.status === 'closed') continue
    await deps.change(id, (alert) => {
      const at = deps.now()
      if (!covers(suppression, alert, at)) return alert
      return {
        ...alert,
        suppression: { by, reason, until },
        history: [...alert.history, { at, by, via, change: 'suppressed', reason }],
      }
    })
  }
}

export function createSuppressions(deps: { documents: Documents; keyRing: KeyRing }) {
  const { documents, keyRing } = deps
  const open = (id: string, body: unknown) => keyRing.open<Suppression>('suppression', id, body)

  return {
    /** The one in force for a detector and subject, if its signature holds; it may have expired. */
    async find(detector: string, subject: Finding['subject']): Promise<Suppression | undefined> {
      const id = idOf(detector, subject)
      const stored = await documents.get<unknown>('suppression', id)
      return stored && open(id, stored.body)
    },
    check,
    /** @throws as `check` */
    async put(input: Omit<Suppression, 'id'>): Promise<Suppression> {
      check(input)
      const body: Suppression = {
        ...input,
        reason: input.reason.trim(),
        id: idOf(input.detector, input.subject),
      }
      await documents.put('suppression', body.id, keyRing.sign('suppression', body.id, body), {
        expect: 'any',
        at: body.created,
        keys: { detector: body.detector },
      })
      return body
    },
    async remove(id: string): Promise<Suppression> {
      const stored = await documents.get<unknown>('suppression', id)
      const body = stored && open(id, stored.body)
      if (!stored || !body) throw fail('TW_SUPPRESSION_UNKNOWN', { id })
      await documents.remove('suppression', id, stored.version)
      return body
    },
    /** Those in force, newest first; at most 500. */
    async list(at: string): Promise<Suppression[]> {
      const { documents: stored } = await documents.list<unknown>('suppression', { limit: 500 })
      return stored.flatMap(({ id, body }) => {
        const suppression = open(id, body)
        return suppression && suppression.until > at ? [suppression] : []
      })
    },
  }
}

export type Suppressions = ReturnType<typeof createSuppressions>
