import { z } from 'zod'
import type { ReplayStep } from '../../../gateway/port.ts'
import { fail } from '../errors.ts'
import { findSessions, sessionEvents } from '../sessions-query.ts'
import { endpoint, fields, found } from './endpoint.ts'

const { id, time, name, words, limit, after } = fields

/** What one answer shows of a recording; the command line prints all of it. */
const MOST_STEPS = 200
const MOST_TEXT = 4_000_000

export const sessionCalls = {
  list: endpoint({
    method: 'GET',
    path: '/sessions',
    summary: 'Sessions with their sums, the latest first',
    needs: 'auditor',
    input: z.strictObject({
      user: name,
      connection: name,
      collection: name,
      text: words,
      from: time,
      to: time,
      limit,
    }),
    handle: async ({ limit, ...query }, _, { store, clock }) => ({
      sessions: (await findSessions(store, query, limit, clock.now())).map(
        ({ key: [user = '', session = '', connection = ''], ...sums }) => ({
          session,
          user,
          connection,
          ...sums,
        }),
      ),
    }),
  }),
  get: endpoint({
    method: 'GET',
    path: '/sessions/{id}',
    summary: 'The events of one session in order, the last 1000 if there are more, and its recording',
    needs: 'auditor',
    input: z.strictObject({ id }),
    handle: async (input, _, { store, recording }) => {
      const { events, total } = await sessionEvents(store, input.id)
      if (total === 0) throw fail('TW_CONSOLE_NOT_FOUND', { what: 'session' })
      return { events, total, recording: (await recording(input.id)) ?? null }
    },
  }),
  replay: endpoint({
    method: 'POST',
    path: '/sessions/{id}/replay',
    summary: 'Opens the recording, which is an event with its reason; the first steps of what was displayed',
    needs: 'auditor',
    input: z.strictObject({
      id,
      reason: z
        .string()
        .trim()
        .min(3, 'say why, in 3 to 500 characters')
        .max(500, 'say why, in 3 to 500 characters'),
    }),
    handle: async ({ id, reason }, { identity }, { review }) => {
      const { close, steps: all, ...view } = await review({ session: id, reader: identity, reason })
      const steps: ReplayStep[] = []
      let text = 0
      let cut = false
      for await (const step of all) {
        text += (step.text?.length ?? 0) + (step.sent?.length ?? 0)
        cut = steps.length === MOST_STEPS || text > MOST_TEXT
        if (cut) break
        steps.push(step)
      }
      await close()
      return { ...view, steps, cut }
    },
  }),
  events: endpoint({
    method: 'GET',
    path: '/events',
    summary: 'Session events, newest first',
    needs: 'auditor',
    input: z.strictObject({
      user: name,
      session: id.optional(),
      action: z.string().max(40).optional(),
      outcome: z.enum(['success', 'failure', 'unknown']).optional(),
      connection: name,
      collection: name,
      text: words,
      from: time,
      to: time,
      limit,
      after,
    }),
    handle: ({ action, ...query }, _, { store }) =>
      store.search({ ...query, ...(action ? { actions: [action] } : {}) }),
  }),
  event: endpoint({
    method: 'GET',
    path: '/events/{id}',
    summary: 'One event as it is stored',
    needs: 'auditor',
    input: z.strictObject({ id }),
    handle: async (input, _, { store }) =>
      found((await store.search({ ids: [input.id], limit: 1 })).events[0], 'event'),
  }),
} as const
