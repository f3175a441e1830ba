import type { FastifyInstance, FastifyRequest } from 'fastify'
import { CodedError, problem } from '../../../../core/errors.ts'
import type { Approval } from '../../../approvals/approval.ts'
import type { Identity } from '../../../identity/person.ts'
import { canonicalHeaders } from '../canonical/headers.ts'
import type { Door } from '../door-context.ts'
import { fail } from '../errors.ts'
import { bearerOf } from '../steps/identify.ts'
import { escapeHtml, PAGE_HEADERS, page } from './html.ts'

/** How one's own request stands. Another's is as good as none. */
export function approvalPage(app: FastifyInstance, door: Door): void {
  app.get<{ Params: { id: string } }>('/.tracewarden/approvals/:id', async (request, reply) => {
    const identity = await whoAsks(door, request)
    const approval = await door.approvals.get(request.params.id)
    const own = approval?.requester.person === identity.person.id ? approval : undefined
    const status = own ? 200 : 404
    if ((request.headers.accept ?? '').includes('text/html'))
      return reply.code(status).headers(PAGE_HEADERS).send(html(own))
    return reply
      .code(status)
      .headers({ 'cache-control': 'no-store' })
      .send(own ? summary(own) : { status, title: 'You have no such request.' })
  })

  app.setErrorHandler((thrown, request, reply) => {
    const coded = thrown instanceof CodedError ? thrown : undefined
    if (!coded) door.log.error({ err: thrown, path: request.routeOptions.url }, 'a page failed')
    const error = coded ?? fail('TW_HTTP_INTERNAL')
    const wantsPage = error.status === 401 && (request.headers.accept ?? '').includes('text/html')
    if (wantsPage)
      return reply.redirect(`/.tracewarden/login?next=${encodeURIComponent(request.originalUrl)}`, 303)
    return reply
      .code(error.status)
      .headers({ 'content-type': 'application/problem+json', 'cache-control': 'no-store' })
      .send(JSON.stringify(problem(error)))
  })
}

async function whoAsks(door: Door, request: FastifyRequest): Promise<Identity> {
  const { sent, session } = canonicalHeaders(request.raw.rawHeaders, door.cookie)
  const bearer = bearerOf(sent)
  if (bearer !== undefined) return door.identity.authenticate(bearer)
  if (session === undefined) throw fail('TW_HTTP_UNAUTHENTICATED')
  return door.identity.fromCookie(session)
}

const summary = (approval: Approval) => ({
  id: approval.id,
  status: approval.status,
  connection: approval.connection,
  collection: approval.collection,
  shape: approval.shape,
  traces: approval.traces.count,
  asked: approval.groups,
  reason: approval.reason,
  created: approval.created,
  expires: approval.grant?.expires ?? approval.expires,
  decisions: approval.decisions.map(({ decision, reason, at }) => ({ decision, reason, at })),
  retry: approval.status === 'approved' ? 'Send the same request again.' : undefined,
})

function html(approval: Approval | undefined): string {
  if (!approval) return page('You have no such request', '<p>It may be another person’s, or long gone.</p>')
  const rows: [string, string][] = [
    ['Status', approval.status],
    ['Request', approval.shape],
    ['Traces', String(approval.traces.count)],
    ['Why', approval.reason],
    ['Asked', approval.groups.join(', ')],
    ['Until', approval.grant?.expires ?? approval.expires],
    ...approval.decisions.map((d): [string, string] => [d.decision, d.reason]),
  ]
  const list = rows.map(([term, text]) => `<dt>${escapeHtml(term)}</dt><dd>${escapeHtml(text)}</dd>`).join('')
  const next = approval.status === 'approved' ? '<p>Send the same request again: it will pass.</p>' : ''
  return page('Your request for approval', `<dl>${list}</dl>${next}`)
}
