import type { Documents } from '../../collector/port.ts'
import { type Clock, iso } from '../../core/clock.ts'
import { CodedError } from '../../core/errors.ts'
import type { EventDraft } from '../../core/event.ts'
import type { Logger } from '../../core/log.ts'
import type { KeyRing } from '../../core/signing.ts'
import type { Finding } from '../../detectors/port.ts'
import type { Identity, Person } from '../../gateway/port.ts'
import { fail } from '../errors.ts'
import { createLoop } from '../loop.ts'
import { type Alert, keysOf, type Via } from './alert.ts'
import { isConflict } from './conflict.ts'
import { endSuppressions, takeFindings } from './intake.ts'
import { step, type Triage } from './machine.ts'
import { type AlertCounts, type AlertQuery, countAlerts, listAlerts } from './query.ts'
import { covers, createSuppressions, type Suppression } from './suppression.ts'
import { triageEvent } from './triage-event.ts'

export interface AlertsDeps {
  documents: Documents
  /** Signs suppressions. */
  keyRing: KeyRing
  clock: Clock
  log: Logger
  /** Records an event; a triage step whose event cannot be written is an error to its caller. */
  emit: (draft: EventDraft) => Promise<void>
  /** Roles that may triage: policy.auditors and policy.admins of the snapshot in force. */
  roles: () => readonly string[]
  /** Who a `user.id` is: for owners of service accounts, who may not triage what those did. */
  person: (user: string) => Person | undefined
}

export interface Alerts {
  get(id: string): Promise<Alert | undefined>
  /** Newest first. */
  list(query: AlertQuery): Promise<{ alerts: Alert[]; next?: string }>
  counts(): Promise<AlertCounts>
  /**
   * Takes one step, by compare-and-set: of two clicks one moves the alert, the other learns that it was late.
   * @throws TW_ALERT_UNKNOWN, TW_ALERT_ROLE, TW_ALERT_OWN, TW_ALERT_TRANSITION, TW_ALERT_REASON, TW_ALERT_VERDICT
   */
  triage(id: string, by: Identity, triage: Triage): Promise<Alert>
  /** Keeps a detector quiet about the subject of this alert, up to its severity. `until`: RFC 3339, ≤ 90 days. */
  suppress(
    id: string,
    by: Identity,
    input: { reason: string; until: string; via: Exclude<Via, 'system'> },
  ): Promise<Suppression>
  /** Ends a suppression now. @throws TW_SUPPRESSION_UNKNOWN */
  lift(id: string, by: Identity, input: { reason: string; via: Exclude<Via, 'system'> }): Promise<void>
  suppressions(): Promise<Suppression[]>
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
const ATTEMPTS = 8

export function createAlerts(deps: AlertsDeps): Alerts {
  const { documents, clock } = deps
  const suppressions = createSuppressions(deps)
  const listeners = new Set<(id: string) => void>()
  const changed = (id: string) => {
    for (const listener of listeners) listener(id)
  }
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

  function authorize(alert: Pick<Finding, 'user' | 'subject'>, by: Identity): void {
    const roles = deps.roles()
    if (!by.person.roles.some((role) => roles.includes(role))) throw fail('TW_ALERT_ROLE')
    const { user, id } = by.person
    const about = [alert.user?.id, alert.subject.kind === 'person' ? alert.subject.id : undefined]
    for (const one of about)
      if (one !== undefined && (one === user || one === id || deps.person(one)?.owner === user))
        throw fail('TW_ALERT_OWN')
  }

  /** Reads, changes and writes one alert until nobody wrote in between. */
  async function change(id: string, next: (alert: Alert) => Alert): Promise<Alert> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const stored = await documents.get<Alert>('alert', id)
      if (!stored) throw fail('TW_ALERT_UNKNOWN', { id })
      const body = next(stored.body)
      try {
        await documents.put('alert', id, body, {
          expect: stored.version,
          keys: keysOf(body, 'yes'),
          at: body['@timestamp'],
        })
        changed(id)
        return body
      } catch (error) {
        if (!isConflict(error)) throw error
      }
    }
    throw fail('TW_ALERT_BUSY', { id })
  }

  /** Runs a step and records it, or its refusal: who watches is watched too. */
  async function recorded<T>(
    by: Identity,
    about: { alert: Alert; change: string; via: Via },
    act: () => Promise<T>,
  ): Promise<T> {
    const note = { detector: about.alert.detector, ...about }
    let result: T
    try {
      result = await act()
    } catch (error) {
      if (error instanceof CodedError && error.status < 500)
        await deps.emit(triageEvent(clock, by, { ...note, refused: error.code }))
      throw error
    }
    await deps.emit(triageEvent(clock, by, note))
    return result
  }

  async function existing(id: string): Promise<Alert> {
    const stored = await documents.get<Alert>('alert', id)
    if (!stored) throw fail('TW_ALERT_UNKNOWN', { id })
    return stored.body
  }

  return {
    get: async (id) => (await documents.get<Alert>('alert', id))?.body,
    list: (query) => listAlerts(documents, query),
    counts: () => countAlerts(documents),
    async triage(id, by, triage) {
      const alert = await existing(id)
      const verdict = triage.to === 'closed' ? `closed: ${triage.verdict}` : triage.to
      return recorded(by, { alert, change: verdict, via: triage.via }, async () => {
        authorize(alert, by)
        return change(id, (current) => step(current, by.person.user, triage, iso(clock.now())))
      })
    },
    async suppress(id, by, input) {
      const alert = await existing(id)
      return recorded(by, { alert, change: 'suppressed', via: input.via }, async () => {
        authorize(alert, by)
        const suppression = await suppressions.put({
          detector: alert.detector,
          subject: alert.subject,
          severity: alert.severity,
          by: by.person.user,
          via: input.via,
          reason: input.reason,
          created: iso(clock.now()),
          until: input.until,
        })
        await applyTo(suppression)
        return suppression
      })
    },
    async lift(id, by, input) {
      if (input.reason.trim() === '') throw fail('TW_ALERT_REASON')
      const found = (await suppressions.list(iso(clock.now()))).find((one) => one.id === id)
      if (!found) throw fail('TW_SUPPRESSION_UNKNOWN', { id })
      const note = { id, detector: found.detector, change: 'suppression lifted', via: input.via }
      try {
        authorize({ subject: found.subject }, by)
        await suppressions.remove(id)
      } catch (error) {
        if (error instanceof CodedError && error.status < 500)
          await deps.emit(triageEvent(clock, by, { ...note, refused: error.code }))
        throw error
      }
      await deps.emit(triageEvent(clock, by, note))
      await endSuppressions(intake)
    },
    suppressions: () => suppressions.list(iso(clock.now())),
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

  /** Alerts of that matter that are not closed become quiet at once. */
  async function applyTo(suppression: Suppression): Promise<void> {
    const subject = `${suppression.subject.kind}:${suppression.subject.id}`
    const page = await documents.list<Alert>('alert', {
      keys: { detector: suppression.detector, subject, suppressed: 'no' },
      limit: 200,
    })
    for (const { id, body } of page.documents) {
      if (body.status === 'closed') continue
      await change(id, (alert) => {
        const at = iso(clock.now())
        if (!covers(suppression, alert, at)) return alert
        const { by, via, reason, until } = suppression
        return {
          ...alert,
          suppression: { by, reason, until },
          history: [...alert.history, { at, by, via, change: 'suppressed', reason }],
        }
      })
    }
  }
}
