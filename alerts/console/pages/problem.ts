import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { CodedError, problem } from '../../../core/errors.ts'
import { cookieName } from '../../../gateway/port.ts'
import { API } from '../api/routes.ts'
import type { ConsoleDeps } from '../deps.ts'
import { fail } from '../errors.ts'
import { html, type Markup } from '../html.ts'
import type { Surface } from '../surface.ts'
import { isSignInError, visitorOf } from '../visitor.ts'
import { safeNext } from './sign-in.ts'

/** What went wrong, as a page for people and as a problem document for programs; never a stack. */
export function problemHandlers(app: FastifyInstance, { show }: Surface, deps: ConsoleDeps): void {
  async function tell(
    error: CodedError,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    if (request.url.startsWith(`${API}/`)) {
      if (error.status === 401) reply.header('www-authenticate', 'Bearer')
      return reply.code(error.status).type('application/problem+json').send(problem(error))
    }
    if (isSignInError(error) && request.method === 'GET') return toSignIn(request, reply)
    const visitor = await visitorOf(request, deps).catch(() => undefined)
    return show(reply, { title: error.message, body: problemPage(error, request), visitor }, error.status)
  }

  function toSignIn(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> | FastifyReply {
    // A strict cookie does not come along on a link from elsewhere, such as Slack; from a page of our own it does.
    if (!request.headers.cookie && request.headers['sec-fetch-site'] === 'cross-site')
      return show(reply, { title: 'Opening', refresh: safeNext(request.url), body: openingPage(request.url) })
    const { secure } = deps
    const cookie = cookieName(secure)
    if (request.cookies[cookie]) reply.clearCookie(cookie, { path: '/', secure })
    return reply.redirect(signInPath(request.url), 303)
  }

  app.setErrorHandler((error, request, reply) => tell(codedOf(error, request, deps), request, reply))
  app.setNotFoundHandler((request, reply) => tell(fail('TW_CONSOLE_NO_PAGE'), request, reply))
}

function codedOf(error: unknown, request: FastifyRequest, deps: ConsoleDeps): CodedError {
  if (error instanceof CodedError) {
    if (error.status >= 500)
      deps.log.warn({ err: error, route: request.routeOptions.url }, 'console: not done')
    return error
  }
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined
  if (status === 413) return fail('TW_CONSOLE_TOO_LARGE')
  if (status === 415) return fail('TW_CONSOLE_MEDIA')
  if (typeof status === 'number' && status < 500)
    return fail('TW_CONSOLE_INPUT', { field: 'request', expected: 'it could not be read' })
  deps.log.error({ err: error, route: request.routeOptions.url }, 'console: broke')
  return fail('TW_CONSOLE_BROKEN')
}

const signInPath = (url: string): string => `/sign-in?next=${encodeURIComponent(url)}`

function problemPage(error: CodedError, { url, method }: FastifyRequest): Markup {
  // A form lies one step below the page that it is on.
  const page = method === 'GET' ? '/' : safeNext(url.replace(/\/[^/]*$/, '') || '/')
  return html`<h1>${error.message}</h1>
<p>${error.hint}</p>
<p class="row">${error.code === 'TW_APPROVAL_STALE_SIGN_IN' ? html`<a class="button main" href="/sign-in?fresh=1&amp;next=${encodeURIComponent(page)}">Sign in again</a>` : ''}${error.status === 401 ? html`<a class="button" href="${signInPath(page)}">Sign in</a>` : html`<a class="button" href="${page}">Go back</a>`}</p>
<p class="quiet"><code>${error.code}</code></p>`
}

const openingPage = (url: string): Markup =>
  html`<p>Opening the console … <a href="${safeNext(url)}">Continue</a></p>`
