import type { Documents } from '../../collector/port.ts'
import type { Clock } from '../../core/clock.ts'
import type { EventDraft } from '../../core/event.ts'
import { newId } from '../../core/ids.ts'
import type { Logger } from '../../core/log.ts'
import type { Random } from '../../core/random.ts'
import type { KeyRing } from '../../core/signing.ts'
import type { GatewayConfig } from '../config.ts'
import type { Person } from '../identity/person.ts'
import type { Approval, Approvals } from './approval.ts'
import { ask } from './ask.ts'
import { broken, reviewed, takeTurn } from './break-glass.ts'
import { fail } from './errors.ts'
import { approvalEvent } from './events.ts'
import { createGrants } from './grants.ts'
import { createRecords } from './records.ts'
import { isReviewer } from './reviewers.ts'
import { decided, grantOf, type Rules, reasonOf } from './verdicts.ts'
import { createWaiting } from './waiting.ts'

export interface ApprovalsDeps {
  documents: Documents
  keyRing: KeyRing
  /** Of the policy in force, asked at each call. */
  config: () => Pick<GatewayConfig, 'approvals' | 'identity' | 'policy'>
  /** `IdentityService.person`. */
  person: (user: string) => Person | undefined
  /** Resolves when the event is on disk. */
  emit: (draft: EventDraft) => Promise<void>
  /** How usual a request is for this user, in words; see usual.ts. */
  usual?: (user: string) => Promise<string | undefined>
  clock: Clock
  random: Random
  log: Logger
}

/** How often a waiting request looks whether another replica decided, in ms. */
const LOOK = 1000
/** How long an approval waits for the words on how usual it is, in ms. */
const PATIENCE = 500

/**
 * Approvals over the store's documents. A decision is written by compare-and-set (there one of two wins), then recorded
 * as an event, and only then its grant is issued: no grant without a record. Every method rejects with
 * TW_STORE_UNAVAILABLE while the store does not answer: then nothing is approved.
 */
export function createApprovals(deps: ApprovalsDeps): Approvals {
  const { clock, log, random, emit } = deps
  const records = createRecords(deps)
  const grants = createGrants(deps)
  const waiting = createWaiting()

  const rules = (): Rules => {
    const { approvals, identity } = deps.config()
    return { approvals, fresh: identity.session.fresh, now: clock.now(), lookup: deps.person }
  }

  async function expire(approval: Approval): Promise<void> {
    let changed = false
    const expired = await records.update(approval.id, (now) => {
      const due = records.viewed(now)
      changed = now.status === 'pending' && due.status === 'expired'
      return changed ? due : undefined
    })
    if (!changed) return
    waiting.wake(approval.id)
    await emit(
      approvalEvent(clock, 'approval-expire', expired, {
        user: expired.requester.user,
        reason: 'nobody decided in time',
      }),
    )
  }

  function mayRevoke(approval: Approval, person: Person): boolean {
    const { approvals, policy } = deps.config()
    return (
      approval.requester.person === person.id ||
      person.roles.some((role) => policy.admins.includes(role)) ||
      isReviewer(approvals, approval, person)
    )
  }

  /** A help for the reviewer, never a reason to fail or to keep the requester waiting. */
  const usual = async (user: string): Promise<string | undefined> => {
    if (!deps.usual) return undefined
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(resolve, PATIENCE, undefined)
    })
    return Promise.race([deps.usual(user), late])
      .catch((error: unknown) => {
        log.warn({ err: error }, 'approvals: how usual it is could not be said')
        return undefined
      })
      .finally(() => clearTimeout(timer))
  }

  return {
    async request(input) {
      const { approvals: config } = deps.config()
      const result = await ask(input, { records, config, clock, usual })
      if (result.joined) return result
      const { person } = input.identity
      try {
        await emit(
          approvalEvent(clock, 'approval-request', result.approval, {
            ...who(person),
            ...(input.session === undefined ? {} : { session: input.session }),
          }),
        )
      } catch (error) {
        // Unrecorded, it must not be there for the next try to join.
        await records.remove(result.approval.id)
        throw error
      }
      return result
    },

    get: (id) => records.find(id),
    list: (query) => records.list(query),

    async decide(id, reviewer, verdict) {
      const { person } = reviewer
      const grantId = `grt_${newId(clock, random)}`
      const approval = await records.update(id, (now) => {
        const next = decided(records.viewed(now), reviewer, verdict, rules())
        return next.status === 'approved' ? { ...next, grant: grantOf(next, grantId, rules()) } : next
      })
      const action = verdict.decision === 'approve' ? 'approval-grant' : 'approval-deny'
      await emit(approvalEvent(clock, action, approval, { ...who(person), reason: verdict.reason.trim() }))
      if (approval.grant) await grants.issue(approval.grant)
      waiting.wake(id)
      return approval
    },

    async revoke(id, by, reason) {
      const { person } = by
      const said = reasonOf(reason)
      const approval = await records.update(id, (stored) => {
        const now = records.viewed(stored)
        if (!mayRevoke(now, person)) throw fail('TW_APPROVAL_NOT_YOURS', { user: person.user })
        if (now.status !== 'pending' && now.status !== 'approved')
          throw fail('TW_APPROVAL_DECIDED', { status: now.status })
        return { ...now, status: 'revoked' }
      })
      if (approval.grant) await grants.revoke(approval.grant)
      waiting.wake(id)
      await emit(approvalEvent(clock, 'approval-revoke', approval, { ...who(person), reason: said }))
      return approval
    },

    async breakGlass(id, requester, reason) {
      const { person } = requester
      const grantId = `grt_${newId(clock, random)}`
      const { approvals: earlier } = await records.list({ person: person.id, status: 'approved', limit: 100 })
      const { now, approvals: config } = rules()
      broken(await records.read(id), requester, reason, rules(), earlier)
      await takeTurn(deps, person.id, { now, every: config.break_glass.every })
      const approval = await records.update(id, (stored) => {
        const next = broken(records.viewed(stored), requester, reason, rules(), earlier)
        return { ...next, grant: grantOf(next, grantId, rules()) }
      })
      await emit(approvalEvent(clock, 'break-glass', approval, { ...who(person), reason: reason.trim() }))
      if (approval.grant) await grants.issue(approval.grant)
      waiting.wake(id)
      return approval
    },

    async review(id, reviewer, input) {
      const { person } = reviewer
      const approval = await records.update(id, (now) => reviewed(now, person, input, rules()))
      const said = `${input.justified ? 'justified' : 'NOT justified'}: ${input.reason.trim()}`
      await emit(approvalEvent(clock, 'alert-triage', approval, { ...who(person), reason: said }))
      return approval
    },

    async wait(id, ms, signal) {
      const until = clock.monotonic() + ms
      for (;;) {
        const approval = await records.read(id)
        const left = until - clock.monotonic()
        const settled =
          approval.status === 'approved'
            ? approval.grant !== undefined && (await grants.issued(approval.grant.id))
            : approval.status !== 'pending'
        if (settled || left <= 0 || signal?.aborted) return approval
        await waiting.sleep(id, Math.min(LOOK, left), signal)
      }
    },

    find: (input) => grants.find(input),
    claim: (grant, traceIds) => grants.claim(grant, traceIds),

    async sweep() {
      for await (const approval of records.overdue())
        await expire(approval).catch((error: unknown) =>
          log.error({ err: error, approval: approval.id }, 'an approval could not be expired'),
        )
    },
  }
}

const who = ({ user, roles }: Person) => ({ user, roles })
