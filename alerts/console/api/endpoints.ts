import { z } from 'zod'
import { iso } from '../../../core/clock.ts'
import { fail } from '../errors.ts'
import { findSessions, sessionEvents } from '../sessions-query.ts'
import { type Endpoint, endpoint } from './endpoint.ts'

const limit = z.coerce.number().int().min(1).max(500).default(50).describe('Most rows')
const after = z.string().max(2000).optional().describe('`next` of the page before')
const id = z.string().min(1).max(200)
const time = z.iso.datetime({ offset: true }).optional()
const reason = z.string().trim().min(1).max(1000)

const found = <T>(value: T | undefined, what: string): T => {
  if (value === undefined) throw fail('TW_CONSOLE_NOT_FOUND', { what })
  return value
}

export const endpoints: readonly Endpoint[] = [
  endpoint({
    method: 'GET',
    path: '/alerts',
    summary: 'Alerts, newest first',
    needs: 'auditor',
    input: z.strictObject({
      status: z.enum(['open', 'acknowledged', 'investigating', 'closed']).optional(),
      severity: z.enum(['low', 'medium', 'high', 'critical']).optional(),
      detector: z.string().max(100).optional(),
      user: z.string().max(200).optional(),
      text: z.string().max(200).optional(),
      from: time,
      to: time,
      limit,
      after,
    }),
    handle: (query, _, { alerts }) => alerts.list(query),
  }),
  endpoint({
    method: 'GET',
    path: '/alerts/{id}',
    summary: 'One alert',
    needs: 'auditor',
    input: z.strictObject({ id }),
    handle: async (input, _, { alerts }) => found(await alerts.get(input.id), 'alert'),
  }),
  endpoint({
    method: 'POST',
    path: '/alerts/{id}/acknowledge',
    summary: 'Somebody has seen it',
    needs: 'auditor',
    input: z.strictObject({ id }),
    handle: ({ id }, { identity, via }, { alerts }) =>
      alerts.triage(id, identity, { to: 'acknowledged', via }),
  }),
  endpoint({
    method: 'POST',
    path: '/alerts/{id}/investigate',
    summary: 'Somebody works on it',
    needs: 'auditor',
    input: z.strictObject({ id }),
    handle: ({ id }, { identity, via }, { alerts }) =>
      alerts.triage(id, identity, { to: 'investigating', via }),
  }),
  endpoint({
    method: 'POST',
    path: '/alerts/{id}/close',
    summary: 'Closes it with a verdict',
    needs: 'auditor',
    input: z.strictObject({ id, verdict: z.enum(['true-positive', 'false-positive', 'benign']), reason }),
    handle: ({ id, verdict, reason }, { identity, via }, { alerts }) =>
      alerts.triage(id, identity, { to: 'closed', verdict, reason, via }),
  }),
  endpoint({
    method: 'POST',
    path: '/alerts/{id}/reopen',
    summary: 'Opens a closed alert again',
    needs: 'auditor',
    input: z.strictObject({ id, reason }),
    handle: ({ id, reason }, { identity, via }, { alerts }) =>
      alerts.triage(id, identity, { to: 'open', reason, via }),
  }),
  endpoint({
    method: 'POST',
    path: '/alerts/{id}/suppress',
    summary: 'Keeps this detector quiet about this subject, up to this severity, for some days',
    needs: 'auditor',
    input: z.strictObject({ id, reason, days: z.coerce.number().int().min(1).max(90) }),
    handle: ({ id, reason, days }, { identity, via }, { alerts, clock }) =>
      alerts.suppress(id, identity, { reason, until: iso(clock.now() + days * 86_400_000), via }),
  }),
  endpoint({
    method: 'GET',
    path: '/suppressions',
    summary: 'What is kept quiet, by whom and until when',
    needs: 'auditor',
    input: z.strictObject({}),
    handle: async (_input, _visitor, { alerts }) => ({ suppressions: await alerts.suppressions() }),
  }),
  endpoint({
    method: 'POST',
    path: '/suppressions/{id}/lift',
    summary: 'Ends a suppression',
    needs: 'auditor',
    input: z.strictObject({ id, reason }),
    handle: async ({ id, reason }, { identity, via }, { alerts }) => {
      await alerts.lift(id, identity, { reason, via })
      return { id, lifted: true }
    },
  }),
  endpoint({
    method: 'GET',
    path: '/approvals',
    summary: 'Approvals, newest first; without a review or replay role only one’s own',
    needs: 'anyone',
    input: z.strictObject({
      status: z.enum(['pending', 'approved', 'denied', 'expired', 'revoked']).optional(),
      user: z.string().max(200).optional(),
      limit,
      after,
    }),
    handle: (query, visitor, { approvals }) =>
      approvals.list(
        visitor.auditor || visitor.groups.length ? query : { ...query, user: visitor.identity.person.user },
      ),
  }),
  endpoint({
    method: 'GET',
    path: '/approvals/{id}',
    summary: 'One approval',
    needs: 'anyone',
    input: z.strictObject({ id }),
    handle: async (input, visitor, { approvals }) => {
      const approval = found(await approvals.get(input.id), 'approval')
      const own = approval.requester.person === visitor.identity.person.id
      if (!own && !visitor.auditor && visitor.groups.length === 0)
        throw fail('TW_CONSOLE_NOT_FOUND', { what: 'approval' })
      return approval
    },
  }),
  endpoint({
    method: 'POST',
    path: '/approvals/{id}/decide',
    summary: 'Approves or denies; never one’s own',
    needs: 'anyone',
    input: z.strictObject({
      id,
      decision: z.enum(['approve', 'deny']),
      reason,
      scope: z.enum(['once', 'time']).default('once'),
      minutes: z.coerce.number().int().min(1).max(1440).optional().describe('How long it holds'),
    }),
    handle: ({ id, minutes, ...verdict }, visitor, { approvals }) =>
      approvals.decide(id, visitor.identity, {
        ...verdict,
        ...(minutes ? { duration: minutes * 60e3 } : {}),
        via: visitor.via,
      }),
  }),
  endpoint({
    method: 'POST',
    path: '/approvals/{id}/revoke',
    summary: 'Takes a grant back',
    needs: 'anyone',
    input: z.strictObject({ id, reason }),
    handle: (input, visitor, { approvals }) => approvals.revoke(input.id, visitor.identity, input.reason),
  }),
  endpoint({
    method: 'GET',
    path: '/sessions',
    summary: 'Sessions with their sums, newest first',
    needs: 'auditor',
    input: z.strictObject({
      user: z.string().max(200).optional(),
      connection: z.string().max(200).optional(),
      collection: z.string().max(200).optional(),
      text: z.string().max(200).optional(),
      from: time,
      to: time,
      limit,
    }),
    handle: async ({ limit, ...query }, _, { store }) => ({
      sessions: (await findSessions(store, query, limit)).map(
        ({ key: [user, session, connection], ...sums }) => ({ session, user, connection, ...sums }),
      ),
    }),
  }),
  endpoint({
    method: 'GET',
    path: '/sessions/{id}',
    summary: 'The events of one session, in order',
    needs: 'auditor',
    input: z.strictObject({ id }),
    handle: (input, _, { store }) => sessionEvents(store, input.id),
  }),
  endpoint({
    method: 'GET',
    path: '/events',
    summary: 'Session events, newest first',
    needs: 'auditor',
    input: z.strictObject({
      user: z.string().max(200).optional(),
      session: id.optional(),
      action: z.string().max(40).optional(),
      outcome: z.enum(['success', 'failure', 'unknown']).optional(),
      connection: z.string().max(200).optional(),
      text: z.string().max(200).optional(),
      from: time,
      to: time,
      limit,
      after,
    }),
    handle: ({ action, ...query }, _, { store }) =>
      store.search({ ...query, ...(action ? { actions: [action] } : {}) }),
  }),
  endpoint({
    method: 'GET',
    path: '/tokens',
    summary: 'Tokens without their secrets; others’ only for admins',
    needs: 'anyone',
    input: z.strictObject({}),
    handle: async (_input, visitor, { identity }) => ({
      tokens: await identity.tokens(visitor.admin ? undefined : visitor.identity.person.user),
    }),
  }),
  endpoint({
    method: 'POST',
    path: '/users/{id}/suspend',
    summary: 'Ends every session of a user within ten seconds',
    needs: 'auditor',
    input: z.strictObject({ id, reason }),
    handle: async (input, visitor, { identity }) => {
      await identity.suspend(input.id, visitor.identity.person.user, input.reason)
      return { user: input.id, suspended: true }
    },
  }),
  endpoint({
    method: 'POST',
    path: '/users/{id}/restore',
    summary: 'Lifts a suspension',
    needs: 'admin',
    input: z.strictObject({ id, reason }),
    handle: async (input, visitor, { identity }) => {
      await identity.restore(input.id, visitor.identity.person.user, input.reason)
      return { user: input.id, suspended: false }
    },
  }),
  endpoint({
    method: 'GET',
    path: '/health',
    summary: 'What works and what does not',
    needs: 'anyone',
    input: z.strictObject({}),
    handle: (_input, _visitor, { health }) => health(),
  }),
]
