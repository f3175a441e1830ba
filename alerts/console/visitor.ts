import { createHmac, timingSafeEqual } from 'node:crypto'
import '@fastify/cookie'
import type { FastifyRequest } from 'fastify'
import { CodedError } from '../../core/errors.ts'
import { cookieName, type Identity } from '../../gateway/port.ts'
import type { ConsoleDeps } from './deps.ts'
import { fail } from './errors.ts'

/** Who looks at the console, and what they may do there. */
export interface Visitor {
  identity: Identity
  /** Sent back with every form: proves that our own page made it. */
  csrf: string
  auditor: boolean
  admin: boolean
  groups: readonly string[]
  mayBreakGlass: boolean
  via: 'console' | 'api'
}

/** The visitor by cookie (pages) or bearer (API). @throws TW_CONSOLE_SIGN_IN or a TW_AUTH_… error. */
export async function visitorOf(request: FastifyRequest, deps: ConsoleDeps): Promise<Visitor> {
  const bearer = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
  const cookie = request.cookies[cookieName(deps.secure)]
  if (!bearer && !cookie) throw fail('TW_CONSOLE_SIGN_IN')
  const identity = bearer ? await deps.identity.authenticate(bearer) : await deps.identity.fromCookie(cookie!)
  const { admins, auditors, breakGlass } = deps.access()
  const has = (roles: readonly string[]) => identity.person.roles.some((role) => roles.includes(role))
  return {
    identity,
    csrf: bearer ? '' : csrfOf(deps, cookie!),
    auditor: has(auditors) || has(admins),
    admin: has(admins),
    groups: deps.groupsOf(identity),
    mayBreakGlass: identity.person.kind === 'human' && has(breakGlass),
    via: bearer ? 'api' : 'console',
  }
}

const csrfOf = (deps: ConsoleDeps, cookie: string): string =>
  createHmac('sha256', deps.master.derive('console-csrf')).update(cookie).digest('base64url')

/** Cookies come along with requests that other sites cause, so a write by cookie must prove where it was made. */
export function requireOwnForm(request: FastifyRequest, visitor: Visitor): void {
  if (visitor.via === 'api') return
  const site = request.headers['sec-fetch-site']
  const body: unknown = request.body
  const given = typeof body === 'object' && body !== null && 'csrf' in body ? body.csrf : undefined
  const sent = Buffer.from(typeof given === 'string' ? given : '')
  const expected = Buffer.from(visitor.csrf)
  const same = sent.length === expected.length && timingSafeEqual(sent, expected)
  if (!same || (site !== undefined && site !== 'same-origin')) throw fail('TW_CONSOLE_CROSS_SITE')
}

export function requireAuditor(visitor: Visitor, deps: ConsoleDeps): void {
  const { admins, auditors } = deps.access()
  if (!visitor.auditor) throw fail('TW_CONSOLE_ROLE', { roles: [...auditors, ...admins].join(', ') })
}

export function requireAdmin(visitor: Visitor, deps: ConsoleDeps): void {
  if (!visitor.admin) throw fail('TW_CONSOLE_ROLE', { roles: deps.access().admins.join(', ') })
}

export const isSignInError = (error: unknown): boolean => error instanceof CodedError && error.status === 401
