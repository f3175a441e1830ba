import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { CodedError } from '../../../core/errors.ts'
import { cookieName, enter, foreign, signInRoutes } from '../../../gateway/port.ts'
import type { ConsoleDeps } from '../deps.ts'
import { fail } from '../errors.ts'
import { html } from '../html.ts'
import { clean, type Surface } from '../surface.ts'
import { requireOwnForm, visitorOf } from '../visitor.ts'
import { loginRecord } from './login-record.ts'
import { type SignInForm, safeNext, signInPage } from './sign-in.ts'

const PAGE = '/sign-in'

/** Coming in and going out. */
export function entryRoutes(app: FastifyInstance, { show }: Surface, deps: ConsoleDeps): void {
  const { identity, clock, secure } = deps
  const { record, failed } = loginRecord(app, deps)
  const cookie = cookieName(secure)
  const origin = (request: FastifyRequest) =>
    deps.origin ?? `${secure ? 'https' : 'http'}://${request.headers.host ?? ''}`
  const signIn = (reply: FastifyReply, form: Omit<SignInForm, 'providers'>, problem?: CodedError) => {
    const body = signInPage({ ...form, providers: identity.web.providers() }, problem)
    return show(reply, { title: 'Sign in', body }, problem?.status ?? 200)
  }
  const port = {
    identity,
    clock,
    secure,
    page: PAGE,
    prefix: PAGE,
    origin,
    safeNext,
    record,
    failed,
    problem: (reply: FastifyReply, error: CodedError) => signIn(reply, { next: '/' }, error),
    entering: (reply: FastifyReply, next: string) =>
      show(reply, {
        title: 'Signed in',
        refresh: next,
        body: html`<p>You are signed in. <a href="${next}">Continue</a></p>`,
      }),
  }

  app.get('/', async (request, reply) => {
    const visitor = await visitorOf(request, deps)
    return reply.redirect(visitor.auditor ? '/alerts?status=open' : '/approvals', 303)
  })
  app.get(PAGE, async (request, reply) => {
    const { next, fresh } = clean(request.query)
    return signIn(reply, { next: safeNext(next), fresh: fresh === '1' })
  })
  app.post(PAGE, async (request, reply) => {
    if (foreign(request)) throw fail('TW_CONSOLE_CROSS_SITE')
    const { token, next } = clean(request.body)
    const how = { method: 'token' } as const
    try {
      const signed = await identity.signIn((token ?? '').trim())
      await record(signed.identity, how, request)
      await enter(port, request, reply, signed)
      return reply.redirect(safeNext(next), 303)
    } catch (error) {
      if (!(error instanceof CodedError)) throw error
      failed(error, how, request)
      return signIn(reply, { next: safeNext(next) }, error)
    }
  })
  signInRoutes(app, port)
  // For the command line, which has no config: issuers and public client ids, nothing that a login page does not show.
  app.get('/sign-in/device', async (_request, reply) => reply.send({ providers: deps.deviceProviders() }))
  app.post('/sign-out', async (request, reply) => {
    const session = request.cookies[cookie]
    if (!session) throw fail('TW_CONSOLE_SIGN_IN')
    requireOwnForm(request, await visitorOf(request, deps))
    const { location } = await identity.web.signOut(session, origin(request) + PAGE)
    reply.clearCookie(cookie, { path: '/', secure })
    if (location === undefined) return reply.redirect(PAGE, 303)
    // Not a redirect: the page's form-action lets no form lead to another site.
    const body = html`<p>You are signed out here. <a href="${location}">Sign out at the identity provider</a></p>`
    return show(reply, { title: 'Signed out', refresh: location, body })
  })
}
