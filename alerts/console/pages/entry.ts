import type { FastifyInstance } from 'fastify'
import { CodedError } from '../../../core/errors.ts'
import { COOKIE } from '../../../gateway/port.ts'
import type { ConsoleDeps } from '../deps.ts'
import { fail } from '../errors.ts'
import { clean, type Surface } from '../surface.ts'
import { requireOwnForm, visitorOf } from '../visitor.ts'
import { safeNext, signInPage } from './sign-in.ts'

/** Coming in and going out. */
export function entryRoutes(app: FastifyInstance, { show }: Surface, deps: ConsoleDeps): void {
  app.get('/', async (request, reply) => {
    const visitor = await visitorOf(request, deps)
    return reply.redirect(visitor.auditor ? '/alerts?status=open' : '/approvals', 303)
  })
  app.get('/sign-in', async (request, reply) =>
    show(reply, { title: 'Sign in', body: signInPage(safeNext(clean(request.query).next)) }),
  )
  app.post('/sign-in', async (request, reply) => {
    const site = request.headers['sec-fetch-site']
    if (site !== undefined && site !== 'same-origin' && site !== 'none') throw fail('TW_CONSOLE_CROSS_SITE')
    const { token, next } = clean(request.body)
    try {
      const { cookie, expires } = await deps.identity.signIn((token ?? '').trim())
      const attributes = {
        path: '/',
        httpOnly: true,
        sameSite: 'strict',
        secure: deps.secure,
        expires: new Date(expires),
      } as const
      return reply.setCookie(COOKIE, cookie, attributes).redirect(safeNext(next), 303)
    } catch (error) {
      if (!(error instanceof CodedError)) throw error
      const body = signInPage(safeNext(next), error)
      return show(reply, { title: 'Sign in', body }, error.status)
    }
  })
  app.post('/sign-out', async (request, reply) => {
    const cookie = request.cookies[COOKIE]
    if (!cookie) throw fail('TW_CONSOLE_SIGN_IN')
    requireOwnForm(request, await visitorOf(request, deps))
    await deps.identity.signOut(cookie)
    return reply.clearCookie(COOKIE, { path: '/' }).redirect('/sign-in', 303)
  })
}
