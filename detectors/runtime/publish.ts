import type { Store } from '../../collector/port.ts'
import type { Desk } from '../desk/desk.ts'
import { revise } from '../engine/revise.ts'
import type { Finding } from '../finding.ts'
import { isConflict } from './lease.ts'

/**
 * Writes a finding, once: told again after a restart it changes nothing, told with more evidence it becomes the next
 * revision. The alerts take what is `new`, by version, so a revision they have not seen is never lost.
 * @returns what was written, if anything.
 */
export async function publish(
  store: Store,
  desk: Desk,
  finding: Finding,
  inContext: (finding: Finding) => Promise<Finding> = async (one) => one,
  keysOf: (finding: Finding) => Readonly<Record<string, string>> = () => ({}),
): Promise<Finding | undefined> {
  for (;;) {
    const stored = await store.documents.get<Finding>('finding', finding.id)
    const next = stored ? revise(stored.body, finding) : { ...finding, revision: 1 }
    if (!next) return undefined
    const told = await inContext(next)
    const { notice: _, ...loud } = told
    // What alerted once goes on alerting, whatever was said or spent since.
    const placed: Finding = stored && !stored.body.notice ? loud : await desk.place(told)
    try {
      await store.documents.put('finding', finding.id, placed, {
        expect: stored?.version ?? 'absent',
        keys: { state: 'new', ...keysOf(placed), ...(placed.notice && { notice: placed.notice.to }) },
        at: placed['@timestamp'],
      })
      return placed
    } catch (error) {
      if (!isConflict(error)) throw error
    }
  }
}
