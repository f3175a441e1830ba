import { iso } from '../../../core/clock.ts'
import { alertCalls } from '../api/alerts.ts'
import { approvalCalls } from '../api/approvals.ts'
import { ownCalls } from '../api/endpoints.ts'
import { sessionCalls } from '../api/sessions.ts'
import { userCalls } from '../api/users.ts'
import type { ConsoleDeps } from '../deps.ts'
import { asUtc } from '../format.ts'
import { html } from '../html.ts'
import { alertPath, approvalPath, userPath } from '../layout.ts'
import { clean, known, type Surface } from '../surface.ts'
import { alertPage } from './alert.ts'
import { alertsPage } from './alerts.ts'
import { approvalPage } from './approval.ts'
import { approvalsPage } from './approvals.ts'
import { readAround } from './around.ts'
import { digestPage } from './digest.ts'
import { healthPage } from './health.ts'
import { replayPage } from './replay.ts'
import { sessionPage } from './session.ts'
import { sessionsPage } from './sessions.ts'
import { suppressionsPage } from './suppressions.ts'
import { userRoutes } from './user-routes.ts'

const ROWS = 100
const EVENTS = 20
const DIGEST_ROWS = 300

/** Which page stands where. Each asks the API's own calls, which check role and input. */
export function pageRoutes(surface: Surface, deps: ConsoleDeps): void {
  const { page, form, answer } = surface
  const now = () => deps.clock.now()

  page('/alerts', async (visitor, query) => {
    const given = known(alertCalls.list, query)
    const { alerts, next } = await alertCalls.list.call({ limit: ROWS, ...given }, visitor, deps)
    const counts = await deps.alerts.counts()
    const detectors = deps.detectors().map((card) => card.name)
    const body = alertsPage({ alerts, counts, query: given, next, detectors, now: now() })
    return { title: 'Alerts', place: 'alerts', body }
  })
  page('/alerts/:id', async (visitor, _query, params) => {
    const alert = await alertCalls.get.call(params, visitor, deps)
    const card = deps.detectors().find((d) => d.name === alert.detector)
    const ids = alert.evidence.events.slice(-EVENTS)
    const { events } = ids.length ? await deps.store.search({ ids, limit: EVENTS }) : { events: [] }
    const zone = alert.user && deps.identity.person(alert.user.id)?.timezone
    const around = await readAround(deps.store, alert)
    const body = alertPage({ alert, card, visitor, events: events.toReversed(), zone, around })
    return { title: alert.summary, place: 'alerts', body }
  })
  const { acknowledge, investigate, close, reopen, suppress, confirm, decline, lift, revoke } = alertCalls
  for (const step of [acknowledge, investigate, close, reopen, suppress, confirm, decline])
    form(step, ({ id = '' }) => alertPath(id))
  page('/digest', async (visitor, query) => {
    const days = Math.min(90, Math.max(1, Math.trunc(Number(query.days ?? 7)) || 7))
    const from = iso(now() - days * 86_400_000)
    const { alerts, next } = await alertCalls.list.call(
      { notice: 'digest', from, limit: DIGEST_ROWS },
      visitor,
      deps,
    )
    const body = digestPage({ alerts, more: next !== undefined, days, now: now() })
    return { title: 'Digest', place: 'alerts', body }
  })
  page('/suppressions', async (visitor) => {
    const { suppressions } = await alertCalls.suppressions.call({}, visitor, deps)
    const { verdicts } = await alertCalls.verdicts.call({}, visitor, deps)
    const body = suppressionsPage(suppressions, verdicts, visitor.csrf)
    return { title: 'Kept quiet', place: 'alerts', body }
  })
  form(lift, () => '/suppressions')
  form(revoke, () => '/suppressions')

  page('/approvals', async (visitor, query) => {
    const given = known(approvalCalls.list, query)
    const { approvals, next } = await approvalCalls.list.call({ limit: ROWS, ...given }, visitor, deps)
    const body = approvalsPage({ approvals, query: given, next, now: now(), visitor })
    return { title: 'Approvals', place: 'approvals', body }
  })
  page('/approvals/:id', async (visitor, _query, params) => {
    const approval = await approvalCalls.get.call(params, visitor, deps)
    return { title: 'Approval', place: 'approvals', body: approvalPage(approval, visitor) }
  })
  for (const step of [
    approvalCalls.decide,
    approvalCalls.revoke,
    approvalCalls.breakGlass,
    approvalCalls.review,
  ])
    form(step, ({ id = '' }) => approvalPath(id))

  page('/sessions', async (visitor, query) => {
    const given = known(sessionCalls.list, clean({ ...query, from: asUtc(query.from), to: asUtc(query.to) }))
    const { sessions } = await sessionCalls.list.call({ limit: ROWS, ...given }, visitor, deps)
    return {
      title: 'Sessions',
      place: 'sessions',
      body: sessionsPage(sessions, given, Number(given.limit ?? ROWS)),
    }
  })
  page('/sessions/:id', async (visitor, _query, { id = '' }) => {
    const session = await sessionCalls.get.call({ id }, visitor, deps)
    return { title: 'Session', place: 'sessions', body: sessionPage({ id, ...session }, visitor) }
  })
  answer(sessionCalls.replay, (view) => ({ title: 'Recording', place: 'sessions', body: replayPage(view) }))

  userRoutes(surface, deps)
  form(userCalls.suspend, ({ id = '' }) => userPath(id))
  form(userCalls.restore, ({ id = '' }) => userPath(id))
  form(userCalls.resetRisk, ({ id = '' }) => userPath(id))
  form(userCalls.revokeToken, (_params, { identity }) => userPath(identity.person.user))

  page('/health', async (visitor) => {
    const report = await ownCalls.health.call({}, visitor, deps)
    const body = healthPage(report, deps.access(), visitor.csrf, deps.confirmSlack !== undefined)
    return { title: 'Health', place: 'health', body }
  })
  answer(ownCalls.enrol, ({ team, user }, { identity }) => ({
    title: 'Slack',
    place: 'health',
    body: html`<h1>Connected</h1><p>The Slack user ${user} of workspace ${team} is now you, ${identity.person.user}.</p>`,
  }))
}
