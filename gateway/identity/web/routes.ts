import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Clock } from '../../../core/clock.ts'
import { CodedError } from '../../../core/errors.ts'
import { cookieName, type IdentityService, type Method, type SignedIn } from '../identity.ts'
import { readCookie, writeCookie } from './cookie-header.ts'
import { pendingName } from './pending.ts'
import type { SignedInWith } from './web-sign-in.ts'

/** What a port (the console's, an http door's) brings along, so that people can sign in on it with a provider. */
export interface SignInPort {
  identity: IdentityService
  clock: Clock
  /** The page with the buttons, and the path under which the routes stand. */
  page: string
  prefix: string
  /** Whether browsers reach this port by https. */
  secure: boolean
  /** `scheme://host[:port]` as this browser reaches the port. */
  origin(request: FastifyRequest): string
  /** Only ever a path of this port. */
  safeNext(next: unknown): string
  /** Puts the login on record; where that cannot be done nobody is signed in. */
  record(identity: SignedIn['identity'], how: Attempt, request: FastifyRequest): Promise<void>
  failed(error: CodedError, how: Attempt, request: FastifyRequest): void
  /** A page that says what went wrong, with a way to begin again. */
  problem(reply: FastifyReply, error: CodedError): FastifyReply | Promise<FastifyReply>
  /** A page that goes on to `next` by itself: a strict cookie does not come along on a redirect from elsewhere. */
  entering(reply: FastifyReply, next: string): FastifyReply | Promise<FastifyReply>
}

/** Bytes of the form that brings a SAML response. */
const LARGEST_RESPONSE = 512 * 1024

export interface Attempt {
  method: Method
  provider?: string
}

/** The session cookie, and the end of whatever session the browser had before. */
export async function enter(
  port: Pick<SignInPort, 'identity' | 'clock' | 'secure'>,
  request: FastifyRequest,
  reply: FastifyReply,
  { cookie, expires }: SignedIn,
): Promise<void> {
  const { secure, clock, identity } = port
  const name = cookieName(secure)
  const before = readCookie(request.headers.cookie, name)
  if (before !== undefined) await identity.web.signOut(before, '').catch(() => undefined)
  const seconds = (expires - clock.now()) / 1e3
  reply.header('set-cookie', writeCookie(name, cookie, { secure, sameSite: 'Strict', seconds }))
}

/** `/with/:provider` begins a sign-in; `/oidc/:provider/callback`, `/saml/:provider/acs` and `…/done` end it. */
export function signInRoutes(app: FastifyInstance, port: SignInPort): void {
  const { identity, prefix, secure, clock } = port
  const { web } = identity
  const pending = pendingName(secure)
  const keep = (value: string, seconds: number) =>
    writeCookie(pending, value, { secure, sameSite: 'Lax', seconds })

  async function attempt(
    request: FastifyRequest,
    reply: FastifyReply,
    how: Attempt,
    act: () => Promise<FastifyReply>,
  ): Promise<FastifyReply> {
    try {
      return await act()
    } catch (error) {
      if (!(error instanceof CodedError)) throw error
      port.failed(error, how, request)
      return port.problem(reply, error)
    }
  }

  app.get<{ Params: { provider: string }; Querystring: Record<string, unknown> }>(
    `${prefix}/with/:provider`,
    (request, reply) => {
      const { provider } = request.params
      const next = port.safeNext(request.query.next)
      // Another site may not start a sign-in unseen: the person presses the button here.
      if (foreign(request)) return reply.redirect(`${port.page}?next=${encodeURIComponent(next)}`, 303)
      const method = web.providers().find(({ name }) => name === provider)?.kind ?? 'oidc'
      return attempt(request, reply, { method, provider }, async () => {
        const root = port.origin(request) + prefix
        const fresh = request.query.fresh === '1'
        const begun = await web.begin({ provider, root, next, fresh })
        reply.header('set-cookie', keep(begun.pending, (begun.expires - clock.now()) / 1e3))
        return reply.header('cache-control', 'no-store').redirect(begun.location, 303)
      })
    },
  )

  const end = async (request: FastifyRequest, reply: FastifyReply, signed: SignedInWith) => {
    const { identity: who, method, provider } = signed
    await port.record(who, { method, provider }, request)
    await enter(port, request, reply, signed)
    return port.entering(reply, port.safeNext(signed.next))
  }

  app.get<{ Params: { provider: string } }>(`${prefix}/oidc/:provider/callback`, (request, reply) => {
    const { provider } = request.params
    const how = { method: 'oidc', provider } as const
    return attempt(request, reply, how, async () => {
      const sealed = readCookie(request.headers.cookie, pending)
      reply.header('set-cookie', keep('', 0))
      const callback = new URL(port.origin(request) + request.url)
      return end(request, reply, await web.finish({ provider, callback, pending: sealed }))
    })
  })

  // Posted by the provider's page: no cookie of ours comes along, and none is needed to judge what is signed.
  app.post<{ Params: { provider: string }; Body: unknown }>(
    `${prefix}/saml/:provider/acs`,
    { bodyLimit: LARGEST_RESPONSE },
    (request, reply) => {
      const { provider } = request.params
      return attempt(request, reply, { method: 'saml', provider }, async () => {
        const root = port.origin(request) + prefix
        const samlResponse = fieldOf(request.body, 'SAMLResponse')
        const { ticket } = await web.response({ provider, root, samlResponse })
        return reply
          .header('cache-control', 'no-store')
          .redirect(`${prefix}/saml/${provider}/done?ticket=${ticket}`, 303)
      })
    },
  )

  app.get<{ Params: { provider: string }; Querystring: Record<string, unknown> }>(
    `${prefix}/saml/:provider/done`,
    (request, reply) => {
      const { provider } = request.params
      return attempt(request, reply, { method: 'saml', provider }, async () => {
        const sealed = readCookie(request.headers.cookie, pending)
        reply.header('set-cookie', keep('', 0))
        const ticket = fieldOf(request.query, 'ticket')
        return end(request, reply, await web.redeem({ ticket, pending: sealed }))
      })
    },
  )

  app.get<{ Params: { provider: string } }>(`${prefix}/saml/:provider/metadata`, (request, reply) => {
    const { provider } = request.params
    return attempt(request, reply, { method: 'saml', provider }, async () =>
      reply.type('application/samlmetadata+xml').send(web.metadata(provider, port.origin(request) + prefix)),
    )
  })
}

function fieldOf(of: unknown, name: string): string {
  const value: unknown = typeof of === 'object' && of !== null ? Reflect.get(of, name) : undefined
  return typeof value === 'string' ? value : ''
}

export const foreign = ({ headers }: FastifyRequest): boolean => {
  const site = headers['sec-fetch-site']
  return site !== undefined && site !== 'same-origin' && site !== 'none'
}
