import fastify, { type FastifyInstance } from 'fastify'
import type { Registry } from 'prom-client'
import { type HealthReport, routerProblem } from '../alerts/port.ts'
import type { Logger } from '../core/log.ts'

/** The console's port in every role: liveness, readiness, metrics; the console joins where the alerts role runs. */
export function createHttp(deps: {
  health: () => Promise<HealthReport>
  metrics: Registry
  log: Logger
  /** Whether this bearer token is an administrator's or auditor's: details name files, addresses and what fails. */
  mayKnow: (token: string) => Promise<boolean>
}): FastifyInstance {
  const app = fastify({
    logger: false,
    bodyLimit: 64 * 1024,
    // Ids of sessions are up to their clients; encoded they are three times as long.
    routerOptions: { maxParamLength: 1000 },
    frameworkErrors: routerProblem,
  })
  app.get('/healthz', async () => ({ status: 'ok' }))
  app.get('/readyz', async (request, reply) => {
    const report = await deps.health()
    const token = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
    const knows = token !== undefined && (await deps.mayKnow(token).catch(() => false))
    return reply
      .code(report.ready ? 200 : 503)
      .header('cache-control', 'no-store')
      .send(knows ? report : withoutDetail(report))
  })
  app.get('/metrics', async (_request, reply) =>
    reply.type(deps.metrics.contentType).send(await deps.metrics.metrics()),
  )
  return app
}

const withoutDetail = ({ ready, parts }: HealthReport) => ({
  ready,
  parts: parts.map(({ name, ok }) => ({ name, ok })),
})

/** Whether it is `host:port`, with brackets around IPv6. */
export const isAddress = (text: string): boolean =>
  /^(\[[0-9a-fA-F:.]+\]|[^:\s[\]]+):\d{1,5}$/.test(text) && parseAddress(text).port < 65_536

/** `host:port`, brackets around IPv6. */
export function parseAddress(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(':')
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(address.slice(colon + 1)) }
}
