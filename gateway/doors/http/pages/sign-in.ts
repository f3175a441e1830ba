import formbody from '@fastify/formbody'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { iso } from '../../../../core/clock.ts'
import { CodedError } from '../../../../core/errors.ts'
import { COOKIE } from '../../../identity/identity.ts'
import type { Identity } from '../../../identity/person.ts'
import { unrecorded } from '../../inquiry/commit.ts'
import { canonicalHeaders, type Headers } from '../canonical/headers.ts'
import { canonicalTarget } from '../canonical/target.ts'
import { refuse } from '../canonical/techniques.ts'
import type { Door } from '../door-context.ts'
import { fail } from '../errors.ts'
import { escapeHtml, PAGE_HEADERS, page } from './html.ts'

/** The door's own sign-in: a token becomes a cookie that scripts cannot read and other sites cannot send. */
export async function signInPages(app: FastifyInstance, door: Door): Promise<void> {
  await app.register(formbody, { bodyLimit: 32 * 1024 })

  app.get('/.tracewarden/login', (request, reply) => reply.headers(PAGE_HEADERS).send(form(nextOf(request))))

  app.post('/.tracewarden/login', async (request, reply) => {
    const next = nextOf(request)
    try {
      const headers = sameOrigin(request)
      const token = fieldOf(request.body, 'token')?.trim()
      if (!token) throw fail('TW_HTTP_SIGN_IN')
      const signed = await door.identity.signIn(token)
      await recordLogin(door, request, headers, signed.identity)
      const seconds = Math.max(0, Math.floor((signed.expires - door.clock.now()) / 1000))
      return reply
        .headers(PAGE_HEADERS)
        .header('set-cookie', cookie(door, signed.cookie, seconds))
        .redirect(next, 303)
    } catch (error) {
      if (!(error instanceof CodedError)) throw error
      if (error.status < 500)
        door.unauthenticated.note({ reason: error.code, source: request.ip, bypass: [] })
      return reply.code(error.status).headers(PAGE_HEADERS).send(form(next, error))
    }
  })

  app.route({
    method: ['GET', 'POST'],
    url: '/.tracewarden/logout',
    handler: async (request, reply) => {
      const headers = sameOrigin(request)
      const session = headers.session
      if (session !== undefined) {
        const identity = await door.identity.fromCookie(session).catch(() => undefined)
        await door.identity.signOut(session)
        if (identity) await endSessions(door, identity)
      }
      return reply
        .headers(PAGE_HEADERS)
        .header('set-cookie', cookie(door, '', 0))
        .redirect('/.tracewarden/login', 303)
    },
  })
}

/** Signing in and out is the page's own doing, never another site's. */
function sameOrigin(request: FastifyRequest): Headers {
  const headers = canonicalHeaders(request.raw.rawHeaders, COOKIE)
  const { sent } = headers
  const site = sent['sec-fetch-site']
  const origin = sent.origin
  const foreign =
    (site !== undefined && site !== 'same-origin' && site !== 'none') ||
    (origin !== undefined && origin !== 'null' && !origin.endsWith(`//${sent.host}`))
  if (foreign) throw refuse('TW_HTTP_CROSS_SITE', 'cross-site')
  return headers
}

async function recordLogin(door: Door, request: FastifyRequest, headers: Headers, identity: Identity) {
  try {
    const session = await door.sessions.enter({
      identity,
      connection: door.connection.name,
      protocol: 'http',
      source: request.socket.remoteAddress ?? '',
      userAgent: door.snapshot().scrub(headers.sent['user-agent'] ?? ''),
    })
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
          ...session.context(),
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

const cookie = (door: Door, value: string, seconds: number): string =>
  `${COOKIE}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${seconds}${door.connection.tls ? '; Secure' : ''}`

function fieldOf(body: unknown, name: string): string | undefined {
  if (typeof body !== 'object' || body === null || !(name in body)) return undefined
  const value: unknown = Reflect.get(body, name)
  return typeof value === 'string' ? value : undefined
}

/** Where to go after signing in: only a canonical path of this door. */
function nextOf(request: FastifyRequest): string {
  const next = fieldOf(request.body, 'next') ?? fieldOf(request.query, 'next') ?? '/'
  try {
    return canonicalTarget(next).encoded
  } catch {
    return '/'
  }
}

function form(next: string, error?: CodedError): string {
  const problem = error
    ? `<p class="error" role="alert">${escapeHtml(error.message)} ${escapeHtml(error.hint)}</p>`
    : ''
  return page(
    'Sign in to this trace store',
    `${problem}<form method="post" action="/.tracewarden/login"><input type="hidden" name="next" value="${escapeHtml(next)}">` +
      '<label for="token">Token</label><input id="token" name="token" type="password" autocomplete="current-password" required autofocus>' +
      '<button>Sign in</button></form><p>What you open here is recorded.</p>',
  )
}
