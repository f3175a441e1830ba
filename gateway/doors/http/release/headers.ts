import type { BackendHead } from '../backend.ts'
import { canonicalTarget } from '../canonical/target.ts'
import type { Door } from '../door-context.ts'
import { fail } from '../errors.ts'
import type { Exchange } from '../exchange.ts'

/** Response headers that go on; lengths, validators and digests would be those of the unmasked body. */
const PASS = new Set([
  'content-disposition',
  'content-language',
  'content-security-policy',
  'content-type',
  'mcp-session-id',
  'permissions-policy',
  'referrer-policy',
  'retry-after',
  'x-elastic-product',
  'x-frame-options',
  'x-phoenix-server-version',
])

/** The head of an answer: allow-listed headers of the store's, unless a secret is in them, and our own. */
export function releaseHeaders(
  door: Door,
  x: Exchange,
  head: BackendHead,
): Record<string, string | string[] | number> {
  const headers: Record<string, string | string[] | number> = {}
  const clean = (value: string) => x.snapshot.scrub(value) === value
  for (const name in head.headers) {
    const value = head.headers[name]
    if (value === undefined || !PASS.has(name)) continue
    if (typeof value === 'string' ? clean(value) : value.every(clean)) headers[name] = value
  }
  // Without its type the body would be read as something else.
  if (head.headers['content-type'] !== undefined && headers['content-type'] === undefined)
    throw fail('TW_HTTP_CONTENT_TYPE', { type: 'one that holds a secret' })
  const cookies = head.headers['set-cookie']
  if (cookies !== undefined) {
    const theirs = [cookies].flat().filter((cookie) => !/^\s*tracewarden=/i.test(cookie) && clean(cookie))
    if (theirs.length) headers['set-cookie'] = theirs
  }
  const location = head.headers.location
  if (location !== undefined) {
    headers.location = rewriteLocation(door, [location].flat()[0]!)
    if (!clean(headers.location)) throw fail('TW_HTTP_BACKEND_REDIRECT')
  }
  headers['cache-control'] = 'no-store'
  headers['x-content-type-options'] = 'nosniff'
  headers['x-tracewarden-request'] = x.id
  return headers
}

/** A redirect within the store becomes one within the door. @throws TW_HTTP_BACKEND_REDIRECT for all others. */
function rewriteLocation(door: Door, location: string): string {
  const { origin, base } = door.backend
  let target: URL
  try {
    target = new URL(location, `${origin}${base}/`)
  } catch {
    throw fail('TW_HTTP_BACKEND_REDIRECT')
  }
  const inside = target.pathname === base || target.pathname.startsWith(`${base}/`)
  if (target.origin !== origin || !inside) throw fail('TW_HTTP_BACKEND_REDIRECT')
  try {
    return canonicalTarget((target.pathname.slice(base.length) || '/') + target.search).encoded
  } catch (error) {
    throw fail('TW_HTTP_BACKEND_REDIRECT', {}, error)
  }
}
