import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { approvalCalls } from './api/approvals.ts'
import { type Endpoint, routeOf } from './api/endpoint.ts'
import type { ConsoleDeps } from './deps.ts'
import { layout, type Page } from './layout.ts'
import { requireOwnForm, type Visitor, visitorOf } from './visitor.ts'

export type Fields = Readonly<Record<string, string>>
type Content = Omit<Page, 'visitor' | 'openAlerts' | 'pendingApprovals'>

/** What pages are put on: a way to show one, a way to add one, two ways to act by a form. */
export interface Surface {
  show(
    reply: FastifyReply,
    page: Content & { visitor?: Visitor | undefined },
    status?: number,
  ): Promise<FastifyReply>
  /** A page for somebody signed in; others are sent to sign in and come back. */
  page(path: string, make: (visitor: Visitor, query: Fields, params: Fields) => Promise<Content>): void
  /** A form posts the API's call of the same path, then goes back to a page. */
  form(endpoint: Endpoint, back: (params: Fields, visitor: Visitor) => string): void
  /** A form whose answer is shown at once. */
  answer<R>(endpoint: Endpoint<R>, make: (result: R, visitor: Visitor) => Content): void
}

export function surfaceOf(app: FastifyInstance, deps: ConsoleDeps): Surface {
  const show: Surface['show'] = async (reply, page, status = 200) => {
    const badges = page.visitor ? await badgesOf(page.visitor, deps) : {}
    const { text } = layout({ ...page, ...badges })
    return reply.code(status).type('text/html; charset=utf-8').send(text)
  }
  const act = <R>(
    endpoint: Endpoint<R>,
    then: (reply: FastifyReply, result: R, visitor: Visitor, params: Fields) => unknown,
  ) =>
    app.post(routeOf(endpoint), async (request: FastifyRequest, reply) => {
      const visitor = await visitorOf(request, deps)
      requireOwnForm(request, visitor)
      const { csrf: _, ...given } = clean(request.body)
      const params = clean(request.params)
      const result = await endpoint.call({ ...given, ...params }, visitor, deps)
      return then(reply, result, visitor, params)
    })
  return {
    show,
    page(path, make) {
      app.get(path, async (request, reply) => {
        const visitor = await visitorOf(request, deps)
        const content = await make(visitor, clean(request.query), clean(request.params))
        return show(reply, { ...content, live: true, visitor })
      })
    },
    form(endpoint, back) {
      act(endpoint, (reply, _result, visitor, params) => reply.redirect(back(params, visitor), 303))
    },
    answer(endpoint, make) {
      act(endpoint, (reply, result, visitor) => show(reply, { ...make(result, visitor), visitor }))
    },
  }
}

/** The numbers in the bar. Without them a page is still worth showing, the more so the one that says what is wrong. */
async function badgesOf(visitor: Visitor, deps: ConsoleDeps): Promise<Partial<Page>> {
  try {
    const [counts, pendingApprovals] = await Promise.all([
      visitor.auditor ? deps.alerts.counts() : undefined,
      pendingFor(visitor, deps),
    ])
    return { openAlerts: counts?.status.open ?? 0, pendingApprovals }
  } catch (error) {
    deps.log.warn({ err: error }, 'console: numbers of the bar not read')
    return {}
  }
}

async function pendingFor(visitor: Visitor, deps: ConsoleDeps): Promise<number> {
  if (visitor.groups.length === 0) return 0
  const { approvals } = await approvalCalls.list.call({ status: 'pending', limit: 100 }, visitor, deps)
  const own = visitor.identity.person.id
  return approvals.filter(
    (a) => a.requester.person !== own && a.groups.some((group) => visitor.groups.includes(group)),
  ).length
}

/** Query, parameters or form as single, non-empty strings; repeated names are dropped rather than guessed at. */
export function clean(value: unknown): Record<string, string> {
  const out: Record<string, string> = {}
  for (const [name, item] of Object.entries(Object(value)))
    if (typeof item === 'string' && item !== '') out[name] = item
  return out
}

/** Of a page's query what the endpoint behind it knows: a link may carry more. */
export const known = ({ input }: Endpoint, query: Fields): Fields =>
  Object.fromEntries(Object.entries(query).filter(([name]) => Object.hasOwn(input.shape, name)))
