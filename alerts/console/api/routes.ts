import type { FastifyInstance } from 'fastify'
import type { ConsoleDeps } from '../deps.ts'
import { fail } from '../errors.ts'
import { requireOwnForm, visitorOf } from '../visitor.ts'
import { routeOf } from './endpoint.ts'
import { endpoints } from './endpoints.ts'
import { openapi } from './openapi.ts'

export const API = '/api/v1'

/** `/api/v1`: the table of endpoints as routes. */
export function apiRoutes(app: FastifyInstance, deps: ConsoleDeps, version: string): void {
  app.get(`${API}/openapi.json`, async () => openapi(version))
  for (const row of endpoints)
    app.route({
      method: row.method,
      url: API + routeOf(row),
      handler: async (request, reply) => {
        const visitor = await visitorOf(request, deps)
        if (row.method !== 'GET') requireOwnForm(request, visitor)
        const { csrf: _, ...given } = members(row.method === 'GET' ? request.query : (request.body ?? {}))
        return reply.send(await row.call({ ...given, ...members(request.params) }, visitor, deps))
      },
    })
}

/** @throws TW_CONSOLE_INPUT for what is no object. */
function members(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw fail('TW_CONSOLE_INPUT', { field: 'body', expected: 'expected a JSON object' })
  return { ...value }
}
