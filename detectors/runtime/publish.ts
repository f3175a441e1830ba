import type { Store } from '../../collector/port.ts'
import { revise } from '../engine/revise.ts'
import type { Finding } from '../finding.ts'
import { isConflict } from './lease.ts'

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
