import type { FastifyInstance } from 'fastify'
import { iso } from '../../../core/clock.ts'
import { createUnauthenticated, type SignInPort } from '../../../gateway/port.ts'
import type { ConsoleDeps } from '../deps.ts'

const SWEEP = 10_000

/** Sign-ins on the console as events: each that succeeds, before its cookie is given; of those that fail a bounded number. */
export function loginRecord(app: FastifyInstance, deps: ConsoleDeps): Pick<SignInPort, 'record' | 'failed'> {
  const { spool, clock, log } = deps
  const unauthenticated = createUnauthenticated({
    connection: 'console',
    protocol: 'http',
    spool,
    clock,
    log,
    quota: deps.failures,
  })
  const timer = setInterval(() => unauthenticated.sweep(), SWEEP).unref()
  app.addHook('onClose', async () => {
    clearInterval(timer)
    unauthenticated.sweep()
  })
  return {
    async record({ person, credential }, login, request) {
      await spool.append([
        {
          '@timestamp': iso(clock.now()),
          event: {
            kind: 'event',
            category: ['authentication'],
            type: ['start'],
            action: 'login',
            outcome: 'success',
          },
          user: {
            id: person.user,
            ...(person.email === undefined ? {} : { email: person.email }),
            roles: [...person.roles],
          },
          source: { ip: request.ip },
          user_agent: { original: (request.headers['user-agent'] ?? '').slice(0, 512) },
          tracewarden: {
            session: { id: `console:${credential.id}` },
            connection: { name: 'console', protocol: 'http' },
            person: { kind: person.kind, credential: credential.id },
            login,
          },
        },
      ])
    },
    failed(error, login, request) {
      if (error.status < 500)
        unauthenticated.note({ reason: error.code, source: request.ip, bypass: [], login })
    },
  }
}
