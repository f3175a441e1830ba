import type { FastifyInstance, FastifyReply } from 'fastify'
import { CodedError, problem } from '../../../core/errors.ts'
import type { ConsoleDeps } from '../deps.ts'
import { fail } from '../errors.ts'
import { requireAuditor, requireOwnForm, visitorOf } from '../visitor.ts'
import { endpoints } from './endpoints.ts'
import { openapi } from './openapi.ts'

export const sendProblem = (reply: FastifyReply, error: CodedError): FastifyReply =>
  reply.code(error.status).type('application/problem+json').send(problem(error))

/** `/api/v1`: the table of endpoints as routes. */
export function apiRoutes(app: FastifyInstance, deps: ConsoleDeps, version: string): void {
  app.get('/api/v1/openapi.json', async () => openapi(version))
  for (const row of endpoints)
    app.route({
      method: row.method,
      url: `/api/v1${row.path.replace(/\{(\w+)\}/g, ':$1')}`,
      errorHandler: (error, _request, reply) => {
        if (error instanceof CodedError) return sendProblem(reply, error)
        if ((error as { statusCode?: number }).statusCode === 400)
          return sendProblem(
            reply,
            fail('TW_CONSOLE_INPUT', { field: 'body', expected: 'expected a JSON object' }),
          )
        throw error
      },
      handler: async (request, reply) => {
        const visitor = await visitorOf(request, deps)
        if (row.method !== 'GET') requireOwnForm(request, visitor)
        if (row.needs === 'auditor') requireAuditor(visitor, deps)
        if (row.needs === 'admin' && !visitor.admin)
          throw fail('TW_CONSOLE_ROLE', { roles: deps.access().admins.join(', ') })
        const { csrf: _, ...body } = (request.body ?? {}) as Record<string, unknown>
        const input = row.input.safeParse({
          ...(request.query as object),
          ...body,
          ...(request.params as object),
        })
        if (!input.success) {
          const issue = input.error.issues[0]!
          throw fail('TW_CONSOLE_INPUT', {
            field:
              issue.path.join('.') || (issue.code === 'unrecognized_keys' ? issue.keys.join(', ') : 'input'),
            expected: issue.message,
          })
        }
        return reply.header('cache-control', 'no-store').send(await row.handle(input.data, visitor, deps))
      },
    })
}
