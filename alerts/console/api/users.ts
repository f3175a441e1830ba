import { z } from 'zod'
import { iso } from '../../../core/clock.ts'
import { fail } from '../errors.ts'
import type { Visitor } from '../visitor.ts'
import { endpoint, fields, found } from './endpoint.ts'

const { id, name, reason } = fields

const DAYS = 30
const DAY = 86_400_000

const isSelf = (user: string, { identity }: Visitor): boolean => user === identity.person.user

export const userCalls = {
  get: endpoint({
    method: 'GET',
    path: '/users/{id}',
    summary:
      'One user: who, in good standing or not, and 30 days in sums; others than oneself with a replay role',
    needs: 'anyone',
    input: z.strictObject({ id }),
    handle: async (input, visitor, { identity, store, clock }) => {
      if (!visitor.auditor && !isSelf(input.id, visitor)) throw fail('TW_CONSOLE_NOT_FOUND', { what: 'user' })
      const person = identity.person(input.id)
      const [{ events }, days] = await Promise.all([
        store.search({ user: input.id, limit: 1 }),
        store.aggregate({
          user: input.id,
          from: iso(Math.floor(clock.now() / DAY) * DAY - (DAYS - 1) * DAY),
          groupBy: ['day'],
          limit: DAYS + 1,
        }),
      ])
      // Whoever comes from an identity provider is in no config: their last event says who they are.
      const last = events[0]
      found(person ?? last ?? (isSelf(input.id, visitor) ? visitor.identity.person : undefined), 'user')
      const known = isSelf(input.id, visitor) ? visitor.identity.person : person
      return {
        user: input.id,
        name: known?.name ?? last?.user?.name ?? null,
        email: known?.email ?? last?.user?.email ?? null,
        team: known?.team ?? last?.user?.group?.name ?? null,
        roles: known?.roles ?? last?.user?.roles ?? [],
        kind: known?.kind ?? last?.tracewarden.person?.kind ?? null,
        owner: known?.owner ?? null,
        timezone: known?.timezone ?? last?.tracewarden.person?.timezone ?? null,
        standing: identity.refusal(input.id)?.message ?? null,
        suspended: identity.refusal(input.id)?.code === 'TW_AUTH_SUSPENDED',
        last: last?.['@timestamp'] ?? null,
        days: days.map(({ key: [day = ''], events, traces, bytes }) => ({ day, events, traces, bytes })),
      }
    },
  }),
  risk: endpoint({
    method: 'GET',
    path: '/users/{id}/risk',
    summary: 'One user’s risk, line by line, and its trend',
    needs: 'auditor',
    input: z.strictObject({ id }),
    handle: async (input, _visitor, { alerts }) => ({ user: input.id, ...(await alerts.risk(input.id)) }),
  }),
  resetRisk: endpoint({
    method: 'POST',
    path: '/users/{id}/risk/reset',
    summary: 'Clears a user’s risk; never one’s own, nor a team-mate’s where that needs a second person',
    needs: 'auditor',
    input: z.strictObject({ id, reason }),
    handle: async (input, { identity, via }, { alerts }) => {
      await alerts.resetRisk(input.id, identity, { reason: input.reason, via })
      return { user: input.id, risk: 0 }
    },
  }),
  suspend: endpoint({
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
  restore: endpoint({
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
  tokens: endpoint({
    method: 'GET',
    path: '/tokens',
    summary: 'Tokens without their secrets, newest first; others’ only for admins',
    needs: 'anyone',
    input: z.strictObject({ user: name }),
    handle: async (query, visitor, { identity }) => ({
      tokens: await identity.tokens(visitor.admin ? query.user : visitor.identity.person.user),
    }),
  }),
  revokeToken: endpoint({
    method: 'POST',
    path: '/tokens/{id}/revoke',
    summary: 'Ends a token; others’ only for admins',
    needs: 'anyone',
    input: z.strictObject({ id }),
    handle: async (input, visitor, { identity }) => {
      const { user } = visitor.identity.person
      const mine = await identity.tokens(visitor.admin ? undefined : user)
      found(
        mine.find((token) => token.id === input.id),
        'token',
      )
      await identity.revokeToken(input.id, user)
      return { id: input.id, revoked: true }
    },
  }),
} as const
