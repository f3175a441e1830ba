import { z } from 'zod'
import { iso } from '../../../core/clock.ts'
import { endpoint, fields, found } from './endpoint.ts'

const { id, reason, time, name, words, limit, after } = fields

export const ALERT_STATUSES = ['open', 'acknowledged', 'investigating', 'closed'] as const
const days = z.coerce.number().int().min(1).max(90)
export const VERDICTS = ['true-positive', 'false-positive', 'benign'] as const

/** Alerts, what people do about them, and what is kept quiet. */
export const alertCalls = {
  list: endpoint({
    method: 'GET',
    path: '/alerts',
    summary: 'Alerts, newest first',
    needs: 'auditor',
    input: z.strictObject({
      status: z.enum(ALERT_STATUSES).optional(),
      severity: z.enum(['low', 'medium', 'high', 'critical']).optional(),
      detector: name,
      user: name,
      verdict: z.enum(['none', ...VERDICTS]).optional(),
      suppressed: z.enum(['yes', 'no']).optional(),
      notice: z
        .enum(['alert', 'digest', 'shadow', 'all'])
        .optional()
        .describe('Told to people (the default), waiting for the digest, or found by a detector in shadow'),
      text: words,
      from: time,
      to: time,
      limit,
      after,
    }),
    handle: ({ suppressed, ...query }, _, { alerts }) =>
      alerts.list({ ...query, ...(suppressed && { suppressed: suppressed === 'yes' }) }),
  }),
  get: endpoint({
    method: 'GET',
    path: '/alerts/{id}',
    summary: 'One alert',
    needs: 'auditor',
    input: z.strictObject({ id }),
    handle: async (input, _, { alerts }) => found(await alerts.get(input.id), 'alert'),
  }),
  acknowledge: endpoint({
    method: 'POST',
    path: '/alerts/{id}/acknowledge',
    summary: 'Somebody has seen it',
    needs: 'auditor',
    input: z.strictObject({ id }),
    handle: ({ id }, { identity, via }, { alerts }) =>
      alerts.triage(id, identity, { to: 'acknowledged', via }),
  }),
  investigate: endpoint({
    method: 'POST',
    path: '/alerts/{id}/investigate',
    summary: 'Somebody works on it',
    needs: 'auditor',
    input: z.strictObject({ id }),
    handle: ({ id }, { identity, via }, { alerts }) =>
      alerts.triage(id, identity, { to: 'investigating', via }),
  }),
  close: endpoint({
    method: 'POST',
    path: '/alerts/{id}/close',
    summary: 'Closes it with a verdict',
    needs: 'auditor',
    input: z.strictObject({
      id,
      verdict: z.enum(VERDICTS),
      reason,
      days: days
        .optional()
        .describe('How long the verdict teaches the detector; `alerts.verdicts` by default'),
    }),
    handle: ({ id, verdict, reason, days }, { identity, via }, { alerts }) =>
      alerts.triage(id, identity, {
        to: 'closed',
        verdict,
        reason,
        via,
        ...(days !== undefined && { days }),
      }),
  }),
  confirm: endpoint({
    method: 'POST',
    path: '/alerts/{id}/confirm',
    summary: 'The second person agrees with what the first proposed',
    needs: 'auditor',
    input: z.strictObject({ id }),
    handle: ({ id }, { identity, via }, { alerts }) => alerts.confirm(id, identity, { via }),
  }),
  decline: endpoint({
    method: 'POST',
    path: '/alerts/{id}/decline',
    summary: 'Somebody does not agree, or the first withdraws',
    needs: 'auditor',
    input: z.strictObject({ id, reason }),
    handle: ({ id, reason }, { identity, via }, { alerts }) => alerts.decline(id, identity, { reason, via }),
  }),
  reopen: endpoint({
    method: 'POST',
    path: '/alerts/{id}/reopen',
    summary: 'Opens a closed alert again',
    needs: 'auditor',
    input: z.strictObject({ id, reason }),
    handle: ({ id, reason }, { identity, via }, { alerts }) =>
      alerts.triage(id, identity, { to: 'open', reason, via }),
  }),
  suppress: endpoint({
    method: 'POST',
    path: '/alerts/{id}/suppress',
    summary: 'Keeps this detector quiet about this subject, up to this severity, for some days',
    needs: 'auditor',
    input: z.strictObject({ id, reason, days }),
    handle: ({ id, reason, days }, { identity, via }, { alerts, clock }) =>
      alerts.suppress(id, identity, { reason, until: iso(clock.now() + days * 86_400_000), via }),
  }),
  suppressions: endpoint({
    method: 'GET',
    path: '/suppressions',
    summary: 'What is kept quiet, by whom and until when',
    needs: 'auditor',
    input: z.strictObject({}),
    handle: async (_input, _visitor, { alerts }) => ({ suppressions: await alerts.suppressions() }),
  }),
  verdicts: endpoint({
    method: 'GET',
    path: '/verdicts',
    summary: 'What detectors take for known, by whose verdict and until when',
    needs: 'auditor',
    input: z.strictObject({}),
    handle: async (_input, _visitor, { alerts }) => ({ verdicts: await alerts.verdicts() }),
  }),
  revoke: endpoint({
    method: 'POST',
    path: '/verdicts/{id}/revoke',
    summary: 'Takes back what a verdict taught; its alert stays closed',
    needs: 'auditor',
    input: z.strictObject({ id, reason }),
    handle: async ({ id, reason }, { identity, via }, { alerts }) => {
      await alerts.revoke(id, identity, { reason, via })
      return { id, revoked: true }
    },
  }),
  lift: endpoint({
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
} as const
