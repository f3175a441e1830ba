import type { CanonicalRequest } from '../profile.ts'
import { fail } from './errors.ts'
import { named } from './named.ts'
import { noBody, one } from './request.ts'

/**
 * Query parameters by allow-list: what is not named could be a filter, or ask for another form of answer. `many` may be
 * given more than once. @throws TW_PROFILE_UNDECLARED, TW_PROFILE_REPEATED, TW_PROFILE_BODY for a body beside a GET.
 */
export function onlyParameters(
  request: CanonicalRequest,
  known: ReadonlySet<string>,
  many: ReadonlySet<string> = NONE,
): void {
  if (request.method === 'GET' || request.method === 'HEAD') noBody(request)
  for (const [name] of request.query) {
    if (!known.has(name) && !many.has(name)) throw fail('TW_PROFILE_UNDECLARED', { name: named(name) })
    if (!many.has(name)) one(request, name)
  }
}

const NONE: ReadonlySet<string> = new Set()

/** `a b c` → a set, for lists that are long. */
export const words = (...texts: string[]): ReadonlySet<string> => new Set(texts.join(' ').trim().split(/\s+/))
