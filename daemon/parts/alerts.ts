import type { FastifyInstance } from 'fastify'
import {
  alertsMetrics,
  createAlerts,
  createEnrolments,
  createRoutes,
  createSlack,
  type HealthReport,
  mountConsole,
  type Slack,
} from '../../alerts/port.ts'
import { VERSION } from '../../core/version.ts'
import { type DetectorsConfig, detectorCatalog, detectorsOf } from '../../detectors/port.ts'
import { deviceProviders, openForReview, type Recorder, reviewerGroups } from '../../gateway/port.ts'
import type { Config } from '../config/schema.ts'
import type { Foundation } from '../foundation.ts'
import type { Authority } from './authority.ts'
import type { Part } from './part.ts'
import { reviewDeps } from './review.ts'

export interface AlertsPartDeps {
  base: Foundation
  authority: Authority
  recorder: Recorder
  config: () => Config
  health: () => Promise<HealthReport>
  consoleUrl: string
}

/** Findings become alerts, alerts and approvals reach people, and the console shows what Slack cannot. */
export async function startAlerts(app: FastifyInstance, deps: AlertsPartDeps): Promise<Part> {
  const { base, authority, recorder, config, consoleUrl } = deps
  const { store, keys, master, clock, random, log, emit } = base
  const { identity, policy, approvals } = authority
  const { documents } = store
  const person = (user: string) => identity.person(user)
  const roles = () => {
    const { auditors, admins } = policy.current().config.policy
    return [...auditors, ...admins]
  }
  const alerts = createAlerts({
    ...{ documents, keyRing: keys, clock, log, emit, roles, person },
    config: () => config().alerts,
  })
  const enrolments = createEnrolments({ documents, keyRing: keys, clock, random, emit, consoleUrl })
  const { slack: slackConfig } = base.config
  const common = { alerts, approvals, clock, random, log }
  const grants = () => config().approvals
  const slack =
    slackConfig && (await createSlack(slackConfig, { ...common, identity, enrolments, grants, consoleUrl }))
  const channel = slackConfig?.channel
  const routes = createRoutes({
    ...common,
    documents,
    person,
    consoleUrl,
    config: () => ({ alerts: config().alerts, approvals: config().approvals, ...(channel && { channel }) }),
    ...(slack && { slack: slack.messenger }),
  })

  alertsMetrics(base.metrics, { alerts, routes, ...(slack && { slack }) })
  await serveSlack(app, slack)
  await mountConsole(
    app,
    {
      identity,
      approvals,
      alerts,
      store,
      master,
      clock,
      log,
      review: (input) => openForReview(input, reviewDeps(base, identity, policy.current().config, recorder)),
      recording: (session) => recorder.summary(session),
      access: () => {
        const { config, hash, version } = policy.current()
        return {
          ...config.policy,
          breakGlass: config.approvals.break_glass.roles,
          policy: hash,
          version,
        }
      },
      groupsOf: ({ person }) => reviewerGroups(policy.current().config.approvals, person),
      detectors: () => catalogOf(config().detectors),
      health: deps.health,
      ...(slack && { confirmSlack: (code, who) => enrolments.confirm(code, who) }),
      deviceProviders: () => deviceProviders(policy.current().config.identity),
      spool: base.spool,
      failures: () => policy.current().config.identity.unauthenticated.events_per_minute,
      secure: consoleUrl.startsWith('https:'),
      ...(base.config.console.url && { origin: new URL(base.config.console.url).origin }),
    },
    VERSION,
  )

  const stopping = new AbortController()
  const running = [alerts.run(stopping.signal), routes.run(stopping.signal)]
  slack?.start()
  return {
    name: 'alerts',
    async health() {
      const delivery = await routes.status()
      const connection = slack?.status()
      const trouble = alerts.status().trouble ?? connection?.trouble ?? delivery.trouble
      const words = [
        connection ? `Slack ${connection.connected ? 'connected' : 'not connected'}` : 'Slack not configured',
        `${delivery.pending} deliveries wait`,
        delivery.failed ? `${delivery.failed} failed` : '',
        trouble ?? '',
      ]
      return { ok: trouble === undefined, needed: false, detail: words.filter(Boolean).join('; ') }
    },
    async stop() {
      stopping.abort()
      await Promise.all(running)
      await slack?.stop()
    },
  }
}

/** What the console shows of detectors: those that are shipped, and the rules in force. */
const catalogOf = (config: DetectorsConfig) => detectorCatalog(detectorsOf(config))

/** HTTP mode: Bolt checks its signature over the bytes, so nothing may parse them first. */
async function serveSlack(app: FastifyInstance, slack: Slack | undefined): Promise<void> {
  const handler = slack?.handler
  if (!handler) return
  await app.register(async (raw) => {
    raw.removeAllContentTypeParsers()
    raw.addContentTypeParser('*', (_request, _payload, done) => done(null))
    raw.post('/slack/events', (request, reply) => {
      reply.hijack()
      void handler(request.raw, reply.raw)
    })
  })
}
