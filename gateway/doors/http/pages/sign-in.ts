import formbody from '@fastify/formbody'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { iso } from '../../../../core/clock.ts'
import { CodedError } from '../../../../core/errors.ts'
import type { Identity } from '../../../identity/person.ts'
import { writeCookie } from '../../../identity/web/cookie-header.ts'
import { type Attempt, enter, type SignInPort, signInRoutes } from '../../../identity/web/routes.ts'
import { unrecorded } from '../../inquiry/commit.ts'
import { canonicalHeaders, type Headers } from '../canonical/headers.ts'
import { canonicalTarget } from '../canonical/target.ts'
import { refuse } from '../canonical/techniques.ts'
import type { Door } from '../door-context.ts'
import { fail } from '../errors.ts'
import { PAGE_HEADERS } from './html.ts'
import { goingOn, signInPage } from './sign-in-page.ts'

const PAGE = '/.tracewarden/login'
const PREFIX = '/.tracewarden/sign-in'

/** The door's own sign-in: a token, or a provider's word, becomes a cookie that scripts and other sites cannot use. */
export async function signInPages(app: FastifyInstance, door: Door): Promise<void> {
  await app.register(formbody, { bodyLimit: 32 * 1024 })
  const port = portOf(door)
  const show = (reply: FastifyReply, next: string, error?: CodedError) =>
    reply
      .code(error?.status ?? 200)
      .headers(PAGE_HEADERS)
      .send(signInPage({ next, prefix: PREFIX, providers: door.identity.web.providers() }, error))

  app.get(PAGE, (request, reply) => show(reply, nextOf(request)))

  app.post(PAGE, async (request, reply) => {
    const next = nextOf(request)
    const how = { method: 'token' } as const
    try {
      sameOrigin(door, request)
      const token = fieldOf(request.body, 'token')?.trim()
      if (!token) throw fail('TW_HTTP_SIGN_IN')
      const signed = await door.identity.signIn(token)
      await port.record(signed.identity, how, request)
      await enter(port, request, reply, signed)
      return reply.headers(PAGE_HEADERS).redirect(next, 303)
    } catch (error) {
      if (!(error instanceof CodedError)) throw error
      port.failed(error, how, request)
      return show(reply, next, error)
    }
  })

  signInRoutes(app, port)

  app.route({
    method: ['GET', 'POST'],
    url: '/.tracewarden/logout',
    handler: async (request, reply) => {
      const { session } = sameOrigin(door, request)
      reply.headers(PAGE_HEADERS)
      if (session === undefined) return reply.redirect(PAGE, 303)
      const identity = await door.identity.fromCookie(session).catch(() => undefined)
      const { location } = await door.identity.web.signOut(session, port.origin(request) + PAGE)
      if (identity) await endSessions(door, identity)
      const { secure } = door
      reply.header('set-cookie', writeCookie(door.cookie, '', { secure, sameSite: 'Strict', seconds: 0 }))
      return location === undefined
        ? reply.redirect(PAGE, 303)
        : reply.send(goingOn('You are signed out here.', 'Sign out at the identity provider', location))
    },
  })
}

const portOf = (door: Door): SignInPort => ({
  identity: door.identity,
  clock: door.clock,
  page: PAGE,
  prefix: PREFIX,
  secure: door.secure,
  // The provider sends nobody to an address that it was not told of, whatever a Host header says.
  origin: ({ headers }) =>
    door.connection.url === undefined
      ? `${door.secure ? 'https' : 'http'}://${headers.host ?? door.connection.listen}`
      : new URL(door.connection.url).origin,
  safeNext,
  record: (identity, how, request) => recordLogin(door, request, identity, how),
  failed: (error, how, request) => {
    if (error.status < 500)
      door.unauthenticated.note({ reason: error.code, source: request.ip, bypass: [], login: how })
  },
  problem: (reply, error) =>
    reply
      .code(error.status)
      .headers(PAGE_HEADERS)
      .send(signInPage({ next: '/', prefix: PREFIX, providers: door.identity.web.providers() }, error)),
  entering: (reply, next) => reply.headers(PAGE_HEADERS).send(goingOn('You are signed in.', 'Go on', next)),
})

/** Signing in and out is the page's own doing, never another site's. */
function sameOrigin(door: Door, request: FastifyRequest): Headers {
  const headers = canonicalHeaders(request.raw.rawHeaders, door.cookie)
  const { sent } = headers
  const site = sent['sec-fetch-site']
  const origin = sent.origin
  const foreign =
    (site !== undefined && site !== 'same-origin' && site !== 'none') ||
    (origin !== undefined && origin !== 'null' && !origin.endsWith(`//${sent.host}`))
  if (foreign) throw refuse('TW_HTTP_CROSS_SITE', 'cross-site')
  return headers
}

async function recordLogin(door: Door, request: FastifyRequest, identity: Identity, login: Attempt) {
  try {
    const session = await door.sessions.enter({
      identity,
      connection: door.connection.name,
      protocol: 'http',
      source: request.socket.remoteAddress ?? '',
      userAgent: door.snapshot().scrub(request.headers['user-agent'] ?? ''),
    })
    const context = session.context()
    await door.spool
      .append([
        {
          '@timestamp': iso(door.clock.now()),
          event: {
            kind: 'event',
            category: ['authentication'],
            type: ['start'],
            action: 'login',
            outcome: 'success',
          },
          ...context,
          tracewarden: { ...context.tracewarden, login },
        },
      ])
      .finally(() => door.sessions.leave(session))
  } catch (error) {
    throw unrecorded(error)
  }
}

async function endSessions(door: Door, identity: Identity) {
  for (const session of door.sessions.active())
    if (
      session.identity.credential.id === identity.credential.id &&
      session.identity.person.id === identity.person.id
    )
      await door.sessions.end(session, 'client', 'signed out')
}

function fieldOf(body: unknown, name: string): string | undefined {
  if (typeof body !== 'object' || body === null || !(name in body)) return undefined
  const value: unknown = Reflect.get(body, name)
  return typeof value === 'string' ? value : undefined
}

const nextOf = (request: FastifyRequest): string =>
  safeNext(fieldOf(request.body, 'next') ?? fieldOf(request.query, 'next'))

/** Where to go after signing in: only a canonical path of this door. */
function safeNext(next: unknown): string {
  try {
    return typeof next === 'string' ? canonicalTarget(next).encoded : '/'
  } catch {
    return '/'
  }
}
