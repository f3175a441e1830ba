import { CodedError } from '../../../../core/errors.ts'
import { canonicalTarget } from '../canonical/target.ts'
import { fail } from '../errors.ts'
import type { Step } from '../pipeline.ts'

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'])
const EMPTY = new Uint8Array(0)

/**
 * One form of method, target and headers, before anybody judges them. What is wrong with the target is thrown once it
 * is known who sent it, so that the refusal stands in that person's record.
 */
export const canonicalize: Step = (door, x) => {
  x.headers = x.peer.headers(x.req.rawHeaders, door.cookie)
  try {
    const method = x.req.method ?? ''
    if (!METHODS.has(method)) throw fail('TW_HTTP_METHOD', { method })
    const target = canonicalTarget(x.req.url ?? '')
    x.target = target
    x.request = {
      method,
      path: target.path,
      params: {},
      query: target.query,
      headers: x.headers.forward,
      body: EMPTY,
    }
  } catch (error) {
    if (!(error instanceof CodedError)) throw error
    x.refusal = error
  }
}
