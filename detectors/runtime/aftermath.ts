import type { Store } from '../../collector/port.ts'
import { type Clock, iso } from '../../core/clock.ts'
import type { Finding } from '../finding.ts'
import { after, HOUR } from './context.ts'
import { isConflict } from './lease.ts'

/**
 * The hour after a finding is told when it is over, also of one that nothing was added to since: until then its document
 * is marked, so that it is found again, whoever looks after the user by then.
 */
const MARK = { after: 'due' }
const BATCH = 50
/** ms between looks for them. */
const PAUSE = 60_000

/** Keys of a finding that is written now: marked, if its hour after is not over. */
export const marked = (
  { '@timestamp': at, user }: Finding,
  over: number,
): Readonly<Record<string, string>> => (user !== undefined && Date.parse(at) + HOUR > over ? MARK : {})

export type Owns = (user: string) => boolean

/** Completes findings now and then; called when there is nothing else to do. */
export function createAftermath(store: Pick<Store, 'search' | 'documents'>, clock: Clock) {
  let due = Number.NEGATIVE_INFINITY
  return async (over: number, owns: Owns): Promise<void> => {
    if (clock.monotonic() < due) return
    due = clock.monotonic() + PAUSE
    await completeAfter(store, over, owns)
  }
}

/**
 * Completes findings of these users whose hour was over by `over` (ms: up to then everything has come in), each by the
 * version that was read: where it was revised meanwhile, the revision is marked itself.
 * @returns how many
 */
export async function completeAfter(
  store: Pick<Store, 'search' | 'documents'>,
  over: number,
  owns: Owns,
): Promise<number> {
  let completed = 0
  let page: string | undefined
  do {
    const { documents, next } = await store.documents.list<Finding>('finding', {
      ...{ keys: MARK, to: iso(over - HOUR), limit: BATCH },
      ...(page !== undefined && { after: page }),
    })
    for (const { id, version, at, keys, body } of documents) {
      const user = body.user?.id
      if (user === undefined || !owns(user)) continue
      const { after: _, ...others } = keys
      const told = await after(store, user, Date.parse(body['@timestamp']))
      const evidence = { ...body.evidence, after: told }
      const finding: Finding = { ...body, revision: body.revision + 1, evidence }
      try {
        await store.documents.put('finding', id, finding, {
          ...{ expect: version, keys: { ...others, state: 'new' }, at },
        })
        completed++
      } catch (error) {
        if (!isConflict(error)) throw error
      }
    }
    page = next
  } while (page !== undefined)
  return completed
}
