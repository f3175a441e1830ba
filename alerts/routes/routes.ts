import type { Documents } from '../../collector/port.ts'
import type { Clock } from '../../core/clock.ts'
import type { Logger } from '../../core/log.ts'
import type { Random } from '../../core/random.ts'
import type { Approval, Approvals, Person } from '../../gateway/port.ts'
import type { Alert } from '../lifecycle/alert.ts'
import type { Alerts } from '../lifecycle/alerts.ts'
import { dueDigests } from '../lifecycle/digest.ts'
import { createLoop } from '../loop.ts'
import { type Delivery, deliveryId, type Transport, Undelivered } from './delivery.ts'
import { type Digest, readDigest, slotId, slotOf } from './digest.ts'
import { alertDestinations, approvalDestinations, digestDestination, type RoutingConfig } from './match.ts'
import { createPacer } from './pace.ts'
import { createQueue } from './queue.ts'
import { createWebhook } from './webhook.ts'

export interface RoutesDeps {
  alerts: Alerts
  approvals: Approvals
  documents: Documents
  clock: Clock
  random: Random
  log: Logger
  /** The config in force. */
  config: () => RoutingConfig
  /** Teams of users. */
  person: (user: string) => Person | undefined
  /** Base URL of the console, for links. */
  consoleUrl?: string
  /** Where Slack is configured. */
  slack?: Messenger
}

/** What Slack offers to the routes. */
export interface Messenger {
  /** Reserves a turn of the delivery's channel; false: not yet. */
  admit(delivery: Delivery): boolean
  alert: Transport<Alert>
  approval: Transport<Approval>
  digest: Transport<Digest>
}

export interface RoutesStatus {
  pending: number
  failed: number
  /** Creation of the oldest delivery that has not arrived; RFC 3339. */
  oldest?: string
  /** Why deliveries wait. */
  trouble?: string
  /** Since the start of this process. */
  sent: number
  retried: number
}

/** Tells people: turns changed alerts and approvals into deliveries, and carries those out. */
export interface Routes {
  run(signal: AbortSignal): Promise<void>
  wake(): void
  /** For the health page and the metrics; reads the store. */
  status(): Promise<RoutesStatus>
}

const POLL = 500
const BATCH = 200
/** Of each kind, so that a slow webhook does not hold up Slack, nor the reverse. */
const PARALLEL = 4

/** Two states of a subject look the same exactly if these are equal. */
const alertState = (alert: Alert) =>
  `${alert.revision}.${alert.history.length}.${alert.suppression ? 's' : ''}`
const approvalState = (approval: Approval) => `${approval.status}.${approval.decisions.length}`

export function createRoutes(deps: RoutesDeps): Routes {
  const { alerts, approvals, log } = deps
  const queue = createQueue(deps)
  const webhook = createWebhook({
    ...{ config: () => deps.config().alerts, clock: deps.clock },
    ...(deps.consoleUrl !== undefined && { console: deps.consoleUrl }),
  })
  const counters = { sent: 0, retried: 0 }
  const flying = new Map<string, { kind: string; flight: Promise<void> }>()
  let lastDigest = ''
  // An alert whose evidence is revised with every event would otherwise use up what Slack allows.
  const updates = createPacer({ burst: 3, every: 5000, clock: deps.clock })

  async function routeAlerts(): Promise<number> {
    const changed = await alerts.outbox(BATCH)
    for (const { alert, done } of changed) {
      const subject = { kind: 'alert' as const, id: alert.id }
      const state = alertState(alert)
      await queue.refresh(subject, state, false)
      if (!alert.suppression && !alert.notice && alert.status !== 'closed') {
        const team = alert.user && deps.person(alert.user.id)?.team
        for (const to of alertDestinations(alert, team, deps.config()))
          await queue.want(subject, to, state, false)
      }
      await done()
    }
    return changed.length
  }

  /** Approvals have no outbox of ours: the undecided ones are looked at, and those that are shown as undecided. */
  async function routeApprovals(): Promise<number> {
    if (!deps.slack) return 0
    const shown = await queue.open('approval')
    const known = new Set(shown.map(({ id }) => id))
    const { approvals: pending } = await approvals.list({ status: 'pending', limit: BATCH })
    let work = 0
    for (const approval of pending) {
      const subject = { kind: 'approval' as const, id: approval.id }
      for (const to of approvalDestinations(approval.groups, deps.config())) {
        if (known.has(deliveryId(subject, to))) continue
        await queue.want(subject, to, approvalState(approval), true)
        work++
      }
    }
    for (const delivery of shown) {
      const approval = await approvals.get(delivery.subject.id)
      const state = approval ? approvalState(approval) : 'gone'
      if (state === delivery.wanted) continue
      await queue.refresh(delivery.subject, state, approval?.status === 'pending')
      work++
    }
    return work
  }

  /** The digests that fell due, where anything waited; asked for by every replica, each is one delivery. */
  async function routeDigests(): Promise<number> {
    const to = digestDestination(deps.config())
    if (!to) return 0
    let work = 0
    for (const slot of dueDigests(deps.config().alerts.digest, deps.clock.now())) {
      if (slot.id <= lastDigest) continue
      const { alerts: waiting } = await readDigest(alerts, slot)
      if (waiting.length > 0) await queue.want({ kind: 'digest', id: slotId(slot) }, to, 'due', false)
      work += waiting.length
      lastDigest = slot.id
    }
    return work
  }

  async function deliver(delivery: Delivery): Promise<Pick<Delivery, 'slack'>> {
    const { subject, destination } = delivery
    if (destination.kind === 'slack' && !deps.slack)
      throw new Undelivered('Slack is not configured', { stuck: true })
    if (subject.kind === 'alert') {
      const alert = await alerts.get(subject.id)
      if (!alert) throw new Undelivered('the alert is gone', { stuck: true })
      return destination.kind === 'webhook' ? webhook(alert, delivery) : deps.slack!.alert(alert, delivery)
    }
    if (subject.kind === 'digest')
      return deps.slack!.digest(await readDigest(alerts, slotOf(subject.id)), delivery)
    const approval = await approvals.get(subject.id)
    if (!approval) throw new Undelivered('the approval is gone', { stuck: true })
    return deps.slack!.approval(approval, delivery)
  }

  async function attempt(delivery: Delivery): Promise<void> {
    try {
      await queue.arrived(delivery, await deliver(delivery))
      counters.sent++
    } catch (error) {
      const problem =
        error instanceof Undelivered
          ? error
          : new Undelivered('something unexpected', { uncertain: true, cause: error })
      counters.retried++
      const state = await queue.missed(delivery, problem)
      const detail = { delivery: delivery.id, subject: delivery.subject, attempts: delivery.attempts, state }
      log.warn({ ...detail, err: problem.cause }, `not delivered: ${problem.message}`)
    }
  }

  function mayStart({ id, destination, shown }: Delivery): boolean {
    if (flying.has(id)) return false
    const { kind } = destination
    if ([...flying.values()].filter((one) => one.kind === kind).length >= PARALLEL) return false
    return shown === undefined || updates.turn(id)
  }

  /** Starts what is due without waiting for it. */
  async function send(): Promise<number> {
    let started = 0
    for (const stored of await queue.due()) {
      const { kind } = stored.body.destination
      if (!mayStart(stored.body)) continue
      if (kind === 'slack' && deps.slack?.admit(stored.body) === false) continue
      const delivery = await queue.claim(stored)
      if (!delivery) continue
      started++
      const flight = attempt(delivery)
        .catch((error) => log.error({ err: error, delivery: delivery.id }, 'a delivery was not settled'))
        .finally(() => {
          flying.delete(stored.id)
          loop.wake()
        })
      flying.set(stored.id, { kind, flight })
    }
    return started
  }

  const loop = createLoop({
    name: 'routes',
    poll: POLL,
    log,
    async pass() {
      const routed = (await routeAlerts()) + (await routeApprovals()) + (await routeDigests())
      return (await send()) > 0 || routed > 0 ? 1 : 0
    },
  })

  return {
    async run(signal) {
      const stop = alerts.onChange(() => loop.wake())
      try {
        await loop.run(signal)
      } finally {
        stop()
        await Promise.all([...flying.values()].map(({ flight }) => flight))
      }
    },
    wake: () => loop.wake(),
    async status() {
      const backlog = await queue.backlog()
      return { ...backlog, ...(loop.trouble !== undefined && { trouble: loop.trouble }), ...counters }
    },
  }
}
