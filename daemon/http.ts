import fastify, { type FastifyInstance } from 'fastify'
import type { Registry } from 'prom-client'
import { type HealthReport, routerProblem } from '../alerts/port.ts'
import type { Logger } from '../core/log.ts'

/** The console's port in every role: liveness, readiness, metrics; the console joins where the alerts role runs. */
export function createHttp(deps: {
  health: () => Promise<HealthReport>
  metrics: Registry
  log: Logger
}): FastifyInstance {
  const app = fastify({
    logger: false,
    bodyLimit: 64 * 1024,
    // Ids of sessions are up to their clients; encoded they are three times as long.
    routerOptions: { maxParamLength: 1000 },
    frameworkErrors: routerProblem,
  })
  app.get('/healthz', async () => ({ status: 'ok' }))
  app.get('/readyz', async (_request, reply) => {
    const report = await deps.health()
    return reply
      .code(report.ready ? 200 : 503)
      .header('cache-control', 'no-store')
      .send(report)
  })
  app.get('/metrics', async (_request, reply) =>
    reply.type(deps.metrics.contentType).send(await deps.metrics.metrics()),
  )
  return app
}

/** Whether it is `host:port`, with brackets around IPv6. */
export const isAddress = (text: string): boolean =>
  /^(\[[0-9a-fA-F:.]+\]|[^:\s[\]]+):\d{1,5}$/.test(text) && parseAddress(text).port < 65_536

/** `host:port`, brackets around IPv6. */
export function parseAddress(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(':')
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(address.slice(colon + 1)) }
}
