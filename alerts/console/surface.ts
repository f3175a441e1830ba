import type { FastifyInstance, FastifyReply } from 'fastify'
import { endpoints } from './api/endpoints.ts'
import type { ConsoleDeps } from './deps.ts'
import { fail } from './errors.ts'
import { layout, type Page } from './layout.ts'
import { requireAuditor, requireOwnForm, type Visitor, visitorOf } from './visitor.ts'

export type Fields = Readonly<Record<string, string>>

/** What pages are put on: a way to show one, a way to add one, a way to act by a form. */
export interface Surface {
  show(reply: FastifyReply, page: Page, status?: number): Promise<FastifyReply>
  /** A page for somebody signed in; others are sent to sign in and come back. */
  page(
    path: string,
    make: (visitor: Visitor, query: Fields, params: Fields) => Promise<Omit<Page, 'visitor'>>,
  ): void
  /** A form posts the API's own call of the same path, then goes back to a page. */
  form(path: string, back: (params: Fields) => string): void
}

const HEADERS = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  'cross-origin-opener-policy': 'same-origin',
} as const

export function surfaceOf(app: FastifyInstance, deps: ConsoleDeps): Surface {
  const show: Surface['show'] = async (reply, page, status = 200) => {
    const counts = page.visitor?.auditor ? await deps.alerts.counts() : undefined
    const pendingApprovals = page.visitor ? await pendingFor(page.visitor, deps) : 0
    return reply
      .code(status)
      .headers(HEADERS)
      .type('text/html; charset=utf-8')
      .send(layout({ ...page, openAlerts: counts?.status.open ?? 0, pendingApprovals }).text)
  }
  return {
    show,
    page(path, make) {
      app.get(path, async (request, reply) => {
        const visitor = await visitorOf(request, deps)
        return show(reply, { ...(await make(visitor, clean(request.query), clean(request.params))), visitor })
      })
    },
    form(path, back) {
      const row = endpoints.find((e) => e.method === 'POST' && e.path === path.replace(/:(\w+)/g, '{$1}'))
      if (!row) throw new Error(`no endpoint behind the form ${path}`)
      app.post(path, async (request, reply) => {
        const visitor = await visitorOf(request, deps)
        requireOwnForm(request, visitor)
        if (row.needs === 'auditor') requireAuditor(visitor, deps)
        const { csrf: _, ...body } = clean(request.body)
        const input = row.input.safeParse({ ...body, ...clean(request.params) })
        if (!input.success) {
          const issue = input.error.issues[0]!
          throw fail('TW_CONSOLE_INPUT', { field: issue.path.join('.'), expected: issue.message })
        }
        await row.handle(input.data, visitor, deps)
        return reply.redirect(back(clean(request.params)), 303)
      })
    },
  }
}

async function pendingFor(visitor: Visitor, deps: ConsoleDeps): Promise<number> {
  if (visitor.groups.length === 0) return 0
  const { approvals } = await deps.approvals.list({ status: 'pending', limit: 100 })
  const own = visitor.identity.person.id
  return approvals.filter(
    (a) => a.requester.person !== own && a.groups.some((g) => visitor.groups.includes(g)),
  ).length
}

/** Query, parameters or form as single, non-empty strings; repeated names are dropped rather than guessed at. */
export function clean(value: unknown): Record<string, string> {
  const out: Record<string, string> = {}
  for (const [name, item] of Object.entries((value ?? {}) as Record<string, unknown>))
    if (typeof item === 'string' && item !== '') out[name] = item
  return out
}
