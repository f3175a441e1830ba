import type { Documents } from '../../collector/port.ts'
import { type Clock, iso } from '../../core/clock.ts'
import type { EventDraft } from '../../core/event.ts'
import type { Logger } from '../../core/log.ts'
import type { KeyRing } from '../../core/signing.ts'
import type { Identity } from '../../gateway/port.ts'
import { fail } from '../errors.ts'
import { createLoop } from '../loop.ts'
import { type Alert, keysOf, type Via } from './alert.ts'
import { type AuthorityDeps, createAuthority } from './authority.ts'
import { isConflict } from './conflict.ts'
import { endSuppressions, takeFindings } from './intake.ts'
import { step, type Triage } from './machine.ts'
import { forget, type Proposal, propose, proposed } from './pair.ts'
import { type AlertCounts, type AlertQuery, countAlerts, listAlerts } from './query.ts'
import { applySuppression, createSuppressions, type Suppression } from './suppression.ts'
import { createVerdicts, type UserRisk, type Verdict } from './verdicts.ts'
import { createWriter } from './writer.ts'

export interface AlertsDeps extends AuthorityDeps {
  documents: Documents
  /** Signs suppressions and verdicts. */
  keyRing: KeyRing
  clock: Clock
  log: Logger
  /** Records an event; a triage step whose event cannot be written is an error to its caller. */
  emit: (draft: EventDraft) => Promise<void>
}

/** How a person came to say it. */
type Manner = { reason: string; via: Exclude<Via, 'system'> }

export interface Alerts {
  get(id: string): Promise<Alert | undefined>
  /** Newest first. */
  list(query: AlertQuery): Promise<{ alerts: Alert[]; next?: string }>
  counts(): Promise<AlertCounts>
  /**
   * Takes one step, by compare-and-set: of two clicks one moves the alert, the other learns that it was late. A verdict
   * that needs a second person is proposed instead: the answer has a `proposal`.
   * @throws TW_ALERT_UNKNOWN, TW_ALERT_ROLE, TW_ALERT_OWN, TW_ALERT_TRANSITION, TW_ALERT_REASON, TW_ALERT_VERDICT
   */
  triage(id: string, by: Identity, triage: Triage): Promise<Alert>
  /** The second person agrees: what was proposed is done. @throws TW_ALERT_SECOND, TW_ALERT_NOTHING_PROPOSED */
  confirm(id: string, by: Identity, input: { via: Exclude<Via, 'system'> }): Promise<Alert>
  /** Somebody does not agree, or the first thinks better of it. */
  decline(id: string, by: Identity, input: Manner): Promise<Alert>
  /**
   * Keeps a detector quiet about the subject of this alert, up to its severity. `until`: RFC 3339, ≤ 90 days. Answers
   * the alert: suppressed, or with a `proposal` to suppress it.
   */
  suppress(id: string, by: Identity, input: Manner & { until: string }): Promise<Alert>
  /** Ends a suppression now. @throws TW_SUPPRESSION_UNKNOWN */
  lift(id: string, by: Identity, input: Manner): Promise<void>
  suppressions(): Promise<Suppression[]>
  /** Verdicts in force: what the detectors take for known. */
  verdicts(): Promise<Verdict[]>
  /** Takes a verdict back; its alert stays closed. @throws TW_VERDICT_UNKNOWN */
  revoke(id: string, by: Identity, input: Manner): Promise<void>
  /** A user's risk, line by line. */
  risk(user: string): Promise<UserRisk>
  /** Clears it. Never one's own; never a team-mate's where that needs a second person. @throws TW_RISK_TEAM */
  resetRisk(user: string, by: Identity, input: Manner): Promise<void>
  /** Called with the id after each change made by this process; answers how to stop listening. */
  onChange(listener: (id: string) => void): () => void
  /** Alerts that changed and whose routes have not been told; `done` takes one out, unless it changed again. */
  outbox(limit: number): Promise<{ alert: Alert; done: () => Promise<void> }[]>
  /** The worker: takes findings in until the signal aborts. */
  run(signal: AbortSignal): Promise<void>
  wake(): void
  status(): { trouble?: string }
}

const POLL = 250
const SWEEP = 5000

export function createAlerts(deps: AlertsDeps): Alerts {
  const { documents, clock } = deps
  const suppressions = createSuppressions(deps)
  const verdicts = createVerdicts(deps)
  const { authorize, authorizeSecond, needsSecond, ofOwnTeam } = createAuthority(deps)
  const listeners = new Set<(id: string) => void>()
  const changed = (id: string) => {
    for (const listener of listeners) listener(id)
  }
  const { change, existing, recorded } = createWriter({ ...deps, changed })
  const intake = { documents, suppressions, clock, log: deps.log, changed }
  let swept = 0
  const loop = createLoop({
    name: 'alerts',
    poll: POLL,
    log: deps.log,
    async pass() {
      const taken = await takeFindings(intake)
      if (clock.now() - swept < SWEEP) return taken
      const ended = await endSuppressions(intake)
      swept = clock.now()
      return taken + ended
    },
  })
  const now = () => iso(clock.now())
  const person = (user: string) => ({ user: { id: user }, subject: { kind: 'person' as const, id: user } })
  const end = (days: number | undefined) =>
    iso(clock.now() + (days === undefined ? deps.config().verdicts : days * 86_400_000))

  async function suppressed(alert: Alert, said: { by: string; via: Via; reason: string; until: string }) {
    const { detector, subject, severity } = alert
    const suppression = await suppressions.put({ detector, subject, severity, ...said, created: now() })
    await applySuppression(suppression, { documents, change, now })
  }

  /** Takes the verdict into force. */
  async function closed(alert: Alert, by: string, manner: { reason: string; days?: number | undefined }) {
    await verdicts.closed(alert, { by, reason: manner.reason, until: end(manner.days) })
    return alert
  }

  return {
    get: async (id) => (await documents.get<Alert>('alert', id))?.body,
    list: (query) => listAlerts(documents, query),
    counts: () => countAlerts(documents),
    async triage(id, by, triage) {
      const alert = await existing(id)
      const { user } = by.person
      const verdict = triage.to === 'closed' ? triage.verdict : undefined
      const words = verdict ? `closed: ${verdict}` : triage.to
      const pair = verdict !== undefined && needsSecond(alert, by)
      return recorded(
        by,
        { alert, change: pair ? `proposed: ${words}` : words, via: triage.via },
        async () => {
          authorize(alert, by)
          const next = (current: Alert) => step(current, user, triage, now())
          if (triage.to !== 'closed' || verdict === undefined) {
            const moved = await change(id, next)
            if (triage.to === 'open') await verdicts.reopened(moved)
            return moved
          }
          const reason = triage.reason?.trim() ?? ''
          if (!pair) return closed(await change(id, next), user, { reason, days: triage.days })
          const proposal: Proposal = {
            ...{ what: 'close', verdict, by: user, via: triage.via, at: now(), reason },
            ...(triage.days !== undefined && { until: end(triage.days) }),
          }
          // The step is tried all the same: what could not be done is not proposed.
          return change(id, (current) => next(current) && propose(current, proposal))
        },
      )
    },
    async confirm(id, by, { via }) {
      const alert = await existing(id)
      const words = alert.proposal ? proposed(alert.proposal) : 'nothing'
      return recorded(by, { alert, change: `confirmed: ${words}`, via }, async () => {
        authorize(alert, by)
        const first = alert.proposal
        if (!first) throw fail('TW_ALERT_NOTHING_PROPOSED')
        authorizeSecond(first, by)
        const { user } = by.person
        const confirmed = await change(id, (current) => {
          if (current.proposal?.at !== first.at || current.proposal.by !== first.by)
            throw fail('TW_ALERT_NOTHING_PROPOSED')
          const entry = { at: now(), by: user, via, change: `confirmed: ${words}` }
          const plain = forget(current, entry)
          if (first.what === 'suppress') return plain
          const { verdict, reason } = first
          return step(plain, first.by, { to: 'closed', verdict, reason, via: first.via }, now())
        })
        const said = { by: first.by, confirmed: user, reason: first.reason }
        if (first.what === 'close')
          await verdicts.closed(confirmed, { ...said, until: first.until ?? end(undefined) })
        else await suppressed(confirmed, { ...first, by: first.by })
        return (await existing(id)) ?? confirmed
      })
    },
    async decline(id, by, { reason, via }) {
      const alert = await existing(id)
      return recorded(by, { alert, change: 'declined', via }, async () => {
        authorize(alert, by)
        const said = reason.trim()
        if (said === '') throw fail('TW_ALERT_REASON')
        return change(id, (current) => {
          if (!current.proposal) throw fail('TW_ALERT_NOTHING_PROPOSED')
          const words = `declined: ${proposed(current.proposal)}`
          return forget(current, { at: now(), by: by.person.user, via, change: words, reason: said })
        })
      })
    },
    async suppress(id, by, { reason, until, via }) {
      const alert = await existing(id)
      const pair = needsSecond(alert, by)
      const words = pair ? 'proposed: suppressed' : 'suppressed'
      return recorded(by, { alert, change: words, via }, async () => {
        authorize(alert, by)
        const { user } = by.person
        suppressions.check({ detector: alert.detector, created: now(), until, reason })
        if (!pair) {
          await suppressed(alert, { by: user, via, reason, until })
          return existing(id)
        }
        const proposal = { what: 'suppress', by: user, via, at: now(), reason: reason.trim(), until } as const
        return change(id, (current) => propose(current, proposal))
      })
    },
    async lift(id, by, { reason, via }) {
      if (reason.trim() === '') throw fail('TW_ALERT_REASON')
      const found = (await suppressions.list(now())).find((one) => one.id === id)
      if (!found) throw fail('TW_SUPPRESSION_UNKNOWN', { id })
      await recorded(by, { id, detector: found.detector, change: 'suppression lifted', via }, async () => {
        authorize(found, by)
        await suppressions.remove(id)
      })
      await endSuppressions(intake)
    },
    suppressions: () => suppressions.list(now()),
    verdicts: () => verdicts.list(),
    async revoke(id, by, { reason, via }) {
      if (reason.trim() === '') throw fail('TW_ALERT_REASON')
      const found = await verdicts.find(id)
      if (!found) throw fail('TW_VERDICT_UNKNOWN', { id })
      const { alert, detector } = found
      await recorded(by, { id: alert, detector, change: 'verdict revoked', via }, async () => {
        authorize(found, by)
        await verdicts.revoke(id)
      })
    },
    risk: (user) => verdicts.risk(user),
    async resetRisk(user, by, { reason, via }) {
      const said = reason.trim()
      if (said === '') throw fail('TW_ALERT_REASON')
      await recorded(by, { detector: 'risk', user, change: 'risk reset', via }, async () => {
        authorize(person(user), by)
        if (deps.config().second_person !== 'never' && ofOwnTeam(person(user), by)) throw fail('TW_RISK_TEAM')
        await verdicts.resetRisk(user, by.person.user, said)
      })
    },
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async outbox(limit) {
      const page = await documents.list<Alert>('alert', { keys: { notify: 'yes' }, limit })
      return page.documents.toReversed().map(({ id, body, version, at }) => ({
        alert: body,
        async done() {
          try {
            await documents.put('alert', id, body, { expect: version, keys: keysOf(body, 'no'), at })
          } catch (error) {
            if (!isConflict(error)) throw error
          }
        },
      }))
    },
    run: (signal) => loop.run(signal),
    wake: () => loop.wake(),
    status: () => ({ ...(loop.trouble !== undefined && { trouble: loop.trouble }) }),
  }
}
