import type { FastifyInstance } from 'fastify'
import { SEVERITIES } from '../../../detectors/port.ts'
import type { ReplayStep } from '../../../gateway/port.ts'
import type { ConsoleDeps } from '../deps.ts'
import { fail } from '../errors.ts'
import { html } from '../html.ts'
import { findSessions, sessionEvents } from '../sessions-query.ts'
import { clean, type Surface } from '../surface.ts'
import { requireAuditor, requireOwnForm, visitorOf } from '../visitor.ts'
import { alertPage } from './alert.ts'
import { ALERT_STATUSES, alertsPage } from './alerts.ts'
import { APPROVAL_STATUSES, approvalPage, approvalsPage } from './approvals.ts'
import { healthPage } from './health.ts'
import { replayPage } from './replay.ts'
import { sessionPage, sessionsPage } from './sessions.ts'

const STEPS_SHOWN = 200

/** Which page stands where. */
export function pageRoutes(app: FastifyInstance, { page, form, show }: Surface, deps: ConsoleDeps): void {
  page('/alerts', async (visitor, query) => {
    requireAuditor(visitor, deps)
    const status = ALERT_STATUSES.find((name) => name === query.status)
    const severity = SEVERITIES.find((name) => name === query.severity)
    const { detector, user, text, after } = query
    const { alerts, next } = await deps.alerts.list({
      status,
      severity,
      detector,
      user,
      text,
      after,
      limit: 100,
    })
    const counts = await deps.alerts.counts()
    const detectors = deps.detectors.map((card) => card.name)
    return {
      title: 'Alerts',
      place: 'alerts',
      body: alertsPage({ alerts, counts, query, next, detectors, now: deps.clock.now() }),
    }
  })
  page('/alerts/:id', async (visitor, _query, { id }) => {
    requireAuditor(visitor, deps)
    const alert = await deps.alerts.get(id!)
    if (!alert) throw fail('TW_CONSOLE_NOT_FOUND', { what: 'alert' })
    const card = deps.detectors.find((d) => d.name === alert.detector)
    return { title: alert.summary, place: 'alerts', body: alertPage(alert, card, visitor.csrf) }
  })
  for (const action of ['acknowledge', 'investigate', 'close', 'reopen', 'suppress'])
    form(`/alerts/:id/${action}`, ({ id }) => `/alerts/${id}`)

  page('/approvals', async (visitor, query) => {
    const everybody = visitor.auditor || visitor.groups.length > 0
    const status = APPROVAL_STATUSES.find((name) => name === query.status)
    const user = everybody ? undefined : visitor.identity.person.user
    const { approvals, next } = await deps.approvals.list({ status, user, after: query.after, limit: 100 })
    return {
      title: 'Approvals',
      place: 'approvals',
      body: approvalsPage(approvals, query, next, deps.clock.now()),
    }
  })
  page('/approvals/:id', async (visitor, _query, { id }) => {
    const approval = await deps.approvals.get(id!)
    const own = approval?.requester.person === visitor.identity.person.id
    if (!approval || (!own && !visitor.auditor && visitor.groups.length === 0))
      throw fail('TW_CONSOLE_NOT_FOUND', { what: 'approval' })
    return { title: 'Approval', place: 'approvals', body: approvalPage(approval, visitor) }
  })
  for (const action of ['decide', 'revoke']) form(`/approvals/:id/${action}`, ({ id }) => `/approvals/${id}`)

  page('/sessions', async (visitor, query) => {
    requireAuditor(visitor, deps)
    const { user, connection, collection, text, from, to } = query
    const rows = await findSessions(deps.store, clean({ user, connection, collection, text, from, to }))
    return { title: 'Sessions', place: 'sessions', body: sessionsPage(rows, query) }
  })
  page('/sessions/:id', async (visitor, _query, { id }) => {
    requireAuditor(visitor, deps)
    const { events, total } = await sessionEvents(deps.store, id!)
    if (total === 0) throw fail('TW_CONSOLE_NOT_FOUND', { what: 'session' })
    return { title: 'Session', place: 'sessions', body: sessionPage(id!, events, visitor.csrf, total) }
  })
  app.post('/sessions/:id/replay', async (request, reply) => {
    const visitor = await visitorOf(request, deps)
    requireOwnForm(request, visitor)
    requireAuditor(visitor, deps)
    const reason = clean(request.body).reason?.trim()
    if (!reason)
      throw fail('TW_CONSOLE_INPUT', { field: 'reason', expected: 'say why you open the recording' })
    const view = await deps.review({ session: clean(request.params).id!, reader: visitor.identity, reason })
    const steps: ReplayStep[] = []
    let cut = false
    for await (const step of view.steps) {
      cut = steps.length === STEPS_SHOWN
      if (cut) break
      steps.push(step)
    }
    return show(reply, { title: 'Recording', place: 'sessions', body: replayPage(view, steps, cut), visitor })
  })

  page('/health', async (visitor) => ({
    title: 'Health',
    place: 'health',
    body: healthPage(await deps.health(), deps.access(), visitor, deps.confirmSlack !== undefined),
  }))
  app.post('/slack/enrol', async (request, reply) => {
    const visitor = await visitorOf(request, deps)
    requireOwnForm(request, visitor)
    if (!deps.confirmSlack) throw fail('TW_CONSOLE_NOT_FOUND', { what: 'Slack connection' })
    const { team, user } = await deps.confirmSlack(clean(request.body).code ?? '', visitor.identity)
    const body = html`<h1>Connected</h1><p>The Slack user ${user} of workspace ${team} is now you, ${visitor.identity.person.user}.</p>`
    return show(reply, { title: 'Slack', place: 'health', visitor, body })
  })
}
