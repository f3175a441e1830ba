import { readFileSync } from 'node:fs'
import cookie from '@fastify/cookie'
import formbody from '@fastify/formbody'
import type { FastifyInstance } from 'fastify'
import { CodedError } from '../../core/errors.ts'
import { COOKIE } from '../../gateway/port.ts'
import { apiRoutes } from './api/routes.ts'
import type { ConsoleDeps } from './deps.ts'
import { html } from './html.ts'
import { entryRoutes } from './pages/entry.ts'
import { pageRoutes } from './pages/routes.ts'
import { surfaceOf } from './surface.ts'
import { isSignInError, visitorOf } from './visitor.ts'

/** The console: pages and API on one fastify instance. Every page is made of data that the rooms own. */
export async function mountConsole(app: FastifyInstance, deps: ConsoleDeps, version: string): Promise<void> {
  await app.register(cookie)
  await app.register(formbody, { bodyLimit: 64 * 1024 })
  const surface = surfaceOf(app, deps)

  app.setErrorHandler(async (error, request, reply) => {
    if (isSignInError(error) && request.method === 'GET')
      return reply
        .clearCookie(COOKIE, { path: '/' })
        .redirect(`/sign-in?next=${encodeURIComponent(request.url)}`, 303)
    const coded = error instanceof CodedError ? error : undefined
    if (!coded) deps.log.error({ err: error, route: request.routeOptions.url }, 'console page failed')
    const visitor = await visitorOf(request, deps).catch(() => undefined)
    const body = html`<h1>${coded?.message ?? 'Something broke here.'}</h1>
<p>${coded?.hint ?? 'The log of this process says what.'}</p>
<p class="quiet">${coded?.code ?? ''}</p><p><a href="/">Back to the start</a></p>`
    return surface.show(reply, { title: 'Problem', body, visitor }, coded?.status ?? 500)
  })
  app.setNotFoundHandler(async (request, reply) => {
    const visitor = await visitorOf(request, deps).catch(() => undefined)
    const body = html`<h1>There is no such page.</h1><p><a href="/">Back to the start</a></p>`
    return surface.show(reply, { title: 'Not found', body, visitor }, 404)
  })

  assets(app)
  apiRoutes(app, deps, version)
  entryRoutes(app, surface, deps)
  pageRoutes(app, surface, deps)
}

const ASSETS = [
  ['console.css', 'text/css; charset=utf-8'],
  ['console.js', 'text/javascript; charset=utf-8'],
] as const

function assets(app: FastifyInstance): void {
  for (const [name, type] of ASSETS) {
    const body = readFileSync(new URL(`./assets/${name}`, import.meta.url))
    const headers = { 'cache-control': 'max-age=300', 'x-content-type-options': 'nosniff' }
    app.get(`/assets/${name}`, async (_request, reply) => reply.type(type).headers(headers).send(body))
  }
}
