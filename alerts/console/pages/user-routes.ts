import { alertCalls } from '../api/alerts.ts'
import { approvalCalls } from '../api/approvals.ts'
import { sessionCalls } from '../api/sessions.ts'
import { userCalls } from '../api/users.ts'
import type { ConsoleDeps } from '../deps.ts'
import type { Surface } from '../surface.ts'
import { userPage } from './user.ts'

const ROWS = 10

/** One page from several calls: those that the visitor may make. */
export function userRoutes({ page }: Surface, deps: ConsoleDeps): void {
  page('/users/:id', async (visitor, _query, { id = '' }) => {
    const user = await userCalls.get.call({ id }, visitor, deps)
    const self = id === visitor.identity.person.user
    const about = { user: id, limit: ROWS }
    const [risk, alerts, sessions, approvals, tokens] = await Promise.all([
      visitor.auditor ? userCalls.risk.call({ id }, visitor, deps) : undefined,
      visitor.auditor ? alertCalls.list.call({ ...about, notice: 'all' }, visitor, deps) : undefined,
      visitor.auditor ? sessionCalls.list.call(about, visitor, deps) : undefined,
      approvalCalls.list.call(about, visitor, deps),
      self || visitor.admin ? userCalls.tokens.call({ user: id }, visitor, deps) : undefined,
    ])
    const body = userPage({
      user,
      approvals: approvals.approvals,
      ...(risk && { risk }),
      ...(alerts && { alerts: alerts.alerts }),
      ...(sessions && { sessions: sessions.sessions }),
      ...(tokens && { tokens: tokens.tokens }),
      visitor,
      now: deps.clock.now(),
    })
    return { title: user.name ?? user.user, ...(self && { place: 'you' as const }), body }
  })
}
