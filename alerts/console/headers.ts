import type { FastifyReply } from 'fastify'
import { problem } from '../../core/errors.ts'
import { fail } from './errors.ts'

/** On every answer of this port. No HSTS: it would hold for the doors' ports of this host as well. */
export const HEADERS = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
} as const

/** For `frameworkErrors`: what the router refuses before anything else runs, an address that cannot be read. */
export function routerProblem(_error: Error, _request: unknown, reply: FastifyReply): void {
  const error = fail('TW_CONSOLE_INPUT', { field: 'address', expected: 'it could not be read' })
  void reply.code(error.status).headers(HEADERS).type('application/problem+json').send(problem(error))
}
