import { z } from 'zod'
import type { Approval, Approvals } from '../../../gateway/port.ts'
import type { Visitor } from '../visitor.ts'
import { endpoint, fields, found } from './endpoint.ts'

const { id, reason, name, limit, after } = fields

export const APPROVAL_STATUSES = ['pending', 'approved', 'denied', 'expired', 'revoked'] as const

/** Most pages read for one answer; `next` goes on from there. */
const MOST_PAGES = 20

/** One's own, those one's groups were asked about, and all with a replay role. */
const visible = (approval: Approval, { auditor, groups, identity }: Visitor): boolean =>
  auditor ||
  approval.requester.person === identity.person.id ||
  approval.groups.some((group) => groups.includes(group))

async function visibleTo(
  visitor: Visitor,
  query: Parameters<Approvals['list']>[0],
  approvals: Approvals,
): ReturnType<Approvals['list']> {
  if (visitor.auditor) return approvals.list(query)
  const own = visitor.groups.length === 0 ? { user: visitor.identity.person.user } : {}
  const seen: Approval[] = []
  let { after } = query
  for (let page = 0; page < MOST_PAGES; page++) {
    const limit = query.limit - seen.length
    const found = await approvals.list({ ...query, ...own, limit, ...(after !== undefined && { after }) })
    seen.push(...found.approvals.filter((approval) => visible(approval, visitor)))
    after = found.next
    if (after === undefined || seen.length >= query.limit) break
  }
  return { approvals: seen, ...(after !== undefined && { next: after }) }
}

export const approvalCalls = {
  list: endpoint({
    method: 'GET',
    path: '/approvals',
    summary: 'Approvals, newest first: one’s own, those one’s groups review, all with a replay role',
    needs: 'anyone',
    input: z.strictObject({ status: z.enum(APPROVAL_STATUSES).optional(), user: name, limit, after }),
    handle: (query, visitor, { approvals }) => visibleTo(visitor, query, approvals),
  }),
  get: endpoint({
    method: 'GET',
    path: '/approvals/{id}',
    summary: 'One approval',
    needs: 'anyone',
    input: z.strictObject({ id }),
    // What one may not see does not exist: ids of others' requests tell nothing.
    handle: async (input, visitor, { approvals }) => {
      const approval = await approvals.get(input.id)
      return found(approval && visible(approval, visitor) ? approval : undefined, 'approval')
    },
  }),
  decide: endpoint({
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
      traces: z.coerce
        .number()
        .int()
        .min(1)
        .max(1000)
        .optional()
        .describe('With scope `time`: so many distinct traces of the same query, instead of those found'),
    }),
    handle: ({ id, minutes, ...verdict }, { identity, via }, { approvals }) =>
      approvals.decide(id, identity, { ...verdict, ...(minutes ? { duration: minutes * 60e3 } : {}), via }),
  }),
  breakGlass: endpoint({
    method: 'POST',
    path: '/approvals/{id}/break-glass',
    summary: 'Lets one’s own request through in an emergency: masked, capped, alerted and reviewed',
    needs: 'anyone',
    input: z.strictObject({ id, reason }),
    handle: (input, visitor, { approvals }) => approvals.breakGlass(input.id, visitor.identity, input.reason),
  }),
  review: endpoint({
    method: 'POST',
    path: '/approvals/{id}/review',
    summary: 'Says afterwards whether a broken glass was justified; never one’s own',
    needs: 'anyone',
    input: z.strictObject({ id, verdict: z.enum(['justified', 'not-justified']), reason }),
    handle: (input, visitor, { approvals }) =>
      approvals.review(input.id, visitor.identity, {
        justified: input.verdict === 'justified',
        reason: input.reason,
      }),
  }),
  revoke: endpoint({
    method: 'POST',
    path: '/approvals/{id}/revoke',
    summary: 'Takes a grant back, or a request',
    needs: 'anyone',
    input: z.strictObject({ id, reason }),
    handle: (input, visitor, { approvals }) => approvals.revoke(input.id, visitor.identity, input.reason),
  }),
} as const
