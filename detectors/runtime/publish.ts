import type { Store } from '../../collector/port.ts'
import type { Evidence, Finding } from '../finding.ts'
import { SEVERITIES } from '../finding.ts'
import { isConflict } from './lease.ts'

const KEPT = 50

/**
 * Writes a finding, once: told again after a restart it changes nothing, told with more evidence it becomes the next
 * revision. The alerts take what is `new`, by version, so a revision they have not seen is never lost.
 * @returns whether something was written.
 */
export async function publish(store: Store, finding: Finding): Promise<boolean> {
  for (;;) {
    const stored = await store.documents.get<Finding>('finding', finding.id)
    const next = stored ? revise(stored.body, finding) : { ...finding, revision: 1 }
    if (!next) return false
    try {
      await store.documents.put('finding', finding.id, next, {
        expect: stored?.version ?? 'absent',
        keys: { state: 'new' },
        at: next['@timestamp'],
      })
      return true
    } catch (error) {
      if (!isConflict(error)) throw error
    }
  }
}

const rank = (finding: Finding) => SEVERITIES.indexOf(finding.severity)

/** The next revision, or undefined where nothing grew. When the evidence first sufficed stays. */
export function revise(stored: Finding, found: Finding): Finding | undefined {
  const grew = found.evidence.observed > stored.evidence.observed || rank(found) > rank(stored)
  if (!grew) return undefined
  const graver = rank(found) >= rank(stored) ? found : stored
  return {
    ...found,
    '@timestamp': stored['@timestamp'],
    incident: stored.incident,
    revision: stored.revision + 1,
    severity: graver.severity,
    score: Math.max(stored.score, found.score),
    p: Math.min(stored.p, found.p),
    evidence: {
      ...found.evidence,
      sessions: union(stored.evidence, found.evidence, 'sessions'),
      events: union(stored.evidence, found.evidence, 'events'),
    },
  }
}

const union = (stored: Evidence, found: Evidence, what: 'sessions' | 'events') =>
  [...new Set([...stored[what], ...found[what]])].slice(-KEPT)
