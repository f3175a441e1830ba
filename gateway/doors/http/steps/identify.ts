import { peerOf } from '../../../identity/peer.ts'
import { unrecorded } from '../../inquiry/commit.ts'
import { refuse } from '../canonical/techniques.ts'
import type { Door } from '../door-context.ts'
import { fail } from '../errors.ts'
import type { Exchange } from '../exchange.ts'
import type { Step } from '../pipeline.ts'

/** Who asks, from the one credential of the request; then the session this belongs to. */
export const identify: Step = (door, x) => {
  const { sent, session } = x.headers!
  const bearer = bearerOf(sent)
  const peer = door.connection.tls?.client_ca === undefined ? undefined : peerOf(x.req.socket)
  if (bearer !== undefined) {
    door.unauthenticated.presented(bearer, x.req.socket.remoteAddress ?? '')
    const known = door.identity.authenticateCached(bearer, peer?.thumbprint)
    return known
      ? admit(door, x, known)
      : authenticate(door, x, door.identity.authenticate(bearer, peer?.thumbprint))
  }
  if (session === undefined) {
    if (!peer) throw fail('TW_HTTP_UNAUTHENTICATED')
    requireNoOtherSite(x)
    return admit(door, x, door.identity.certificate(peer))
  }
  requireSameOrigin(x)
  const known = door.identity.fromCookieCached(session)
  return known ? admit(door, x, known) : authenticate(door, x, door.identity.fromCookie(session))
}

async function authenticate(door: Door, x: Exchange, pending: Promise<NonNullable<Exchange['identity']>>) {
  await admit(door, x, await pending)
}

function admit(door: Door, x: Exchange, identity: NonNullable<Exchange['identity']>) {
  x.identity = identity
  const refusal = door.identity.refusal(identity.person.user)
  if (refusal) throw refusal
  const session = enter(door, x)
  if (!(session instanceof Promise)) x.session = session
  else
    return session.then(
      (opened) => {
        x.session = opened
      },
      (error: unknown) => {
        throw unrecorded(error)
      },
    )
}

const enter = (door: Door, x: Exchange) => door.sessions.enter(x.opening())

/**
 * Bearer, the password of Basic, or Phoenix's `api_key`. @throws TW_HTTP_AMBIGUOUS_CREDENTIALS where two differ, so
 * that nobody is recorded under one credential and served under another.
 */
export function bearerOf(sent: Readonly<Record<string, string>>): string | undefined {
  const authorization = sent.authorization
  const key = sent.api_key
  if (authorization === undefined) return key
  const space = authorization.indexOf(' ')
  const scheme = authorization.slice(0, space).toLowerCase()
  const value = authorization.slice(space + 1).trim()
  const credential = scheme === 'bearer' ? value : scheme === 'basic' ? passwordOf(value) : ''
  if (key !== undefined && key !== credential) throw fail('TW_HTTP_AMBIGUOUS_CREDENTIALS')
  if (credential === '') throw fail('TW_HTTP_UNAUTHENTICATED')
  return credential
}

function passwordOf(basic: string): string {
  const pair = Buffer.from(basic, 'base64').toString('utf8')
  return pair.slice(pair.indexOf(':') + 1)
}

/**
 * A cookie is sent by the browser, whoever wrote the page. Browsers say where a request came from, except on plain
 * http beyond localhost: there Origin or Referer must be ours, or it is a page that the person opens.
 */
export function requireSameOrigin(x: Exchange): void {
  const { sent } = x.headers!
  const site = sent['sec-fetch-site']
  if (site === 'same-origin' || site === 'none') return
  if (site !== undefined) throw refuse('TW_HTTP_CROSS_SITE', 'cross-site')
  const from = sent.origin ?? sent.referer
  if (from !== undefined) {
    if (hostOf(from) === sent.host) return
    throw refuse('TW_HTTP_CROSS_SITE', 'cross-site')
  }
  const opened = x.req.method === 'GET' && (sent.accept ?? '').includes('text/html')
  if (!opened) throw refuse('TW_HTTP_CROSS_SITE', 'cross-site')
}

/**
 * A browser shows a certificate to whatever page asks, as it sends a cookie; but a client without a browser sends
 * neither. Over TLS every browser says where a request came from.
 */
function requireNoOtherSite(x: Exchange): void {
  const { sent } = x.headers!
  const site = sent['sec-fetch-site']
  const foreign = site !== undefined && site !== 'same-origin' && site !== 'none'
  if (foreign || (sent.origin !== undefined && hostOf(sent.origin) !== sent.host))
    throw refuse('TW_HTTP_CROSS_SITE', 'cross-site')
}

function hostOf(url: string): string | undefined {
  try {
    return new URL(url).host
  } catch {
    return undefined
  }
}
