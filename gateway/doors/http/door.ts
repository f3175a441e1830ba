import { readFileSync } from 'node:fs'
import type { Server } from 'node:http'
import type { Server as HttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { type FastifyServerFactoryHandler, fastify } from 'fastify'
import { hmacSha256 } from '../../../core/hmac.ts'
import type { HttpConnectionConfig } from '../../config.ts'
import { rememberDecoys } from '../../decoys/decoys.ts'
import { cookieName } from '../../identity/identity.ts'
import type { OpenDoor } from '../door.ts'
import { createUnauthenticated } from '../unauthenticated.ts'
import { openBackend } from './backend.ts'
import type { Door, HttpDoorDeps } from './door-context.ts'
import { createListener } from './listener.ts'
import { approvalPage } from './pages/approval.ts'
import { signInPages } from './pages/sign-in.ts'
import { profileFor } from './profiles/index.ts'
import { compileRoutes } from './routes.ts'

/** One connection's door: a streaming reverse proxy on a port of its own in front of one trace store. */
export function createHttpDoor(connection: HttpConnectionConfig, deps: HttpDoorDeps): OpenDoor {
  const profile = profileFor(connection)
  const backend = openBackend(connection)
  const decoys = rememberDecoys(deps.keys)
  const secure = connection.tls !== undefined || connection.url?.startsWith('https:') === true
  const door: Door = {
    ...deps,
    log: deps.log.child({ connection: connection.name }),
    connection,
    routes: compileRoutes(profile),
    planting: profile.decoys,
    backend,
    backendHeaders: Object.fromEntries(
      Object.entries(connection.headers).map(([name, value]) => [name.toLowerCase(), value]),
    ),
    unauthenticated: createUnauthenticated({
      connection: connection.name,
      protocol: connection.profile === 'mcp' ? 'mcp' : 'http',
      spool: deps.spool,
      clock: deps.clock,
      log: deps.log,
      quota: () => deps.snapshot().config.identity.unauthenticated.events_per_minute,
      decoy: (text) => decoys(deps.snapshot().config).within(connection.name, [text], false),
    }),
    secure,
    cookie: cookieName(secure),
    hold: profile.hold,
    held: (by) => deps.metrics.held.inc({ connection: connection.name }, by),
    decoys,
    statementMac: hmacSha256(deps.keys.derive('statement-hash')),
    logicalKey: deps.keys.derive('logical-query'),
  }
  const tls = connection.tls && {
    cert: readFileSync(connection.tls.cert),
    key: readFileSync(connection.tls.key),
    ...(connection.tls.client_ca && {
      ca: readFileSync(connection.tls.client_ca),
      requestCert: true,
      rejectUnauthorized: connection.tls.client === 'require',
    }),
  }
  let listener: ReturnType<typeof createListener> | undefined
  const app = fastify<Server | HttpsServer>({
    forceCloseConnections: false,
    serverFactory: (pages: FastifyServerFactoryHandler) => {
      listener = createListener(door, pages, tls)
      return listener.server
    },
  })
  app.register(async (scope) => {
    approvalPage(scope, door)
    await signInPages(scope, door)
  })

  return {
    connection,
    async listen() {
      const colon = connection.listen.lastIndexOf(':')
      const host = connection.listen.slice(0, colon).replace(/^\[|\]$/g, '')
      await app.ready()
      await app.listen({ host, port: Number(connection.listen.slice(colon + 1)) })
      const address = app.server.address()
      return { address: address === null || typeof address === 'string' ? '' : printed(address) }
    },
    sweep: () => door.unauthenticated.sweep(),
    async close(deadlineMs) {
      const server = listener!.server
      const late = setTimeout(() => server.closeAllConnections(), deadlineMs)
      server.closeIdleConnections()
      await app.close()
      clearTimeout(late)
      door.unauthenticated.sweep()
      await backend.close()
    },
  }
}

const printed = ({ address, port, family }: AddressInfo): string =>
  `${family === 'IPv6' ? `[${address}]` : address}:${port}`
