import type { Documents } from '../../collector/port.ts'
import type { Clock } from '../../core/clock.ts'
import type { Logger } from '../../core/log.ts'
import type { KeyRing } from '../../core/signing.ts'
import type { Approval, Approvals } from './approval.ts'
import { fingerprint, type SignedDocuments, signedDocuments } from './documents.ts'
import { fail } from './errors.ts'

/** Approvals as stored and as they are to be understood: one past its expiry is expired, swept or not. */
export interface Records extends Pick<SignedDocuments<Approval>, 'create' | 'update' | 'remove'> {
  /** @throws TW_APPROVAL_UNKNOWN, TW_APPROVAL_ALTERED */
  read(id: string): Promise<Approval>
  find(id: string): Promise<Approval | undefined>
  list(
    query: Parameters<Approvals['list']>[0] & { person?: string; match?: string },
  ): ReturnType<Approvals['list']>
  /** Stored as pending, but past their expiry. */
  overdue(): AsyncGenerator<Approval>
  viewed(approval: Approval): Approval
}

export function createRecords(deps: {
  documents: Documents
  keyRing: KeyRing
  clock: Clock
  log: Logger
}): Records {
  const { clock, log } = deps
  const stored = signedDocuments<Approval>('approval', deps.documents, deps.keyRing, (approval) => ({
    keys: {
      status: approval.status,
      user: approval.requester.user,
      person: fingerprint(approval.requester.person),
      match: matchOf(approval),
    },
    at: approval.created,
  }))
  const viewed = (approval: Approval): Approval =>
    approval.status === 'pending' && Date.parse(approval.expires) <= clock.now()
      ? { ...approval, status: 'expired' }
      : approval
  const find = async (id: string) => {
    const held = await stored.get(id)
    return held && viewed(held.body)
  }
  return {
    ...stored,
    viewed,
    find,
    async read(id) {
      const approval = await find(id)
      if (!approval) throw fail('TW_APPROVAL_UNKNOWN', { id })
      return approval
    },
    async *overdue() {
      let after: string | undefined
      do {
        const page = await stored.list({ keys: { status: 'pending' }, limit: 100, ...(after && { after }) })
        yield* page.bodies.map(viewed).filter((approval) => approval.status === 'expired')
        after = page.next
      } while (after !== undefined)
    },
    async list({ status, user, person, match, limit, after }) {
      const keys = {
        ...(status && { status }),
        ...(user && { user }),
        ...(person && { person: fingerprint(person) }),
        ...(match && { match }),
      }
      const page = await stored.list({ keys, limit, ...(after && { after }) })
      for (const id of page.altered) log.error({ approval: id }, 'a stored approval is not as it was signed')
      const approvals = page.bodies.map(viewed).filter((a) => status === undefined || a.status === status)
      return { approvals, ...(page.next === undefined ? {} : { next: page.next }) }
    },
  }
}

/** Takes names and e-mails of this `user.id` out of approvals that are over. Resolves with how many were changed. */
export async function eraseApprovals(
  user: string,
  deps: Parameters<typeof createRecords>[0],
): Promise<number> {
  const records = createRecords(deps)
  let erased = 0
  let after: string | undefined
  do {
    const page = await records.list({ limit: 200, ...(after && { after }) })
    for (const { id } of page.approvals)
      await records.update(id, (stored) => {
        const left = without(user, records.viewed(stored))
        if (left) erased++
        return left
      })
    after = page.next
  } while (after !== undefined)
  return erased
}

/** Undefined where nothing of the user is in it, or where what it says is still needed to tell who may decide. */
function without(user: string, approval: Approval): Approval | undefined {
  const { requester, decisions, brokenGlass } = approval
  if (approval.status === 'pending' || (brokenGlass && !brokenGlass.review)) return undefined
  const asked = requester.user === user && (requester.name ?? requester.email) !== undefined
  if (!asked && !decisions.some(({ by }) => by.user === user && by.email !== undefined)) return undefined
  const { name: _name, email: _email, ...rest } = requester
  return {
    ...approval,
    requester: asked ? rest : requester,
    decisions: decisions.map((decision) => {
      const { email: _of, ...by } = decision.by
      return by.user === user ? { ...decision, by } : decision
    }),
  }
}

/** Equal for requests that ask for the same: by one person, for one query, with the same result and fields. */
export function matchOf(approval: Omit<Approval, 'id'>): string {
  const { requester, connection, collection, logical, traces, fields } = approval
  return fingerprint(requester.person, connection, collection ?? '', logical, {
    ids: [...traces.ids].sort(),
    count: traces.count,
    content: traces.content,
    fields: [...fields].sort(),
  })
}
