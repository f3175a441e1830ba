import { readFileSync } from 'node:fs'
import cookie from '@fastify/cookie'
import formbody from '@fastify/formbody'
import type { FastifyInstance } from 'fastify'
import { apiRoutes } from './api/routes.ts'
import type { ConsoleDeps } from './deps.ts'
import { HEADERS } from './headers.ts'
import { entryRoutes } from './pages/entry.ts'
import { problemHandlers } from './pages/problem.ts'
import { pageRoutes } from './pages/routes.ts'
import { surfaceOf } from './surface.ts'

/** The console: pages and API on one fastify instance. Every page is made of data that the rooms own. */
export async function mountConsole(app: FastifyInstance, deps: ConsoleDeps, version: string): Promise<void> {
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers(HEADERS)
  })
  await app.register(cookie)
  await app.register(formbody, { bodyLimit: 64 * 1024 })
  const surface = surfaceOf(app, deps)
  problemHandlers(app, surface, deps)
  assets(app)
  apiRoutes(app, deps, version)
  entryRoutes(app, surface, deps)
  pageRoutes(surface, deps)
}

/** Name, type, and the files it is made of; of styles the later overrule the earlier. */
const STYLE = ['base', 'bar', 'forms', 'tables', 'tags', 'cards', 'figures', 'narrow']
const ASSETS = [
  ['console.css', 'text/css; charset=utf-8', STYLE.map((part) => `style/${part}.css`)],
  ['console.js', 'text/javascript; charset=utf-8', ['console.js']],
  ['icon.svg', 'image/svg+xml', ['icon.svg']],
] as const

function assets(app: FastifyInstance): void {
  for (const [name, type, files] of ASSETS) {
    const body = files
      .map((file) => readFileSync(new URL(`./assets/${file}`, import.meta.url), 'utf8'))
      .join('')
    app.get(`/assets/${name}`, async (_request, reply) =>
      reply.type(type).header('cache-control', 'max-age=300').send(body),
    )
  }
}
