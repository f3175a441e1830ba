import type { CanonicalRequest } from '../../profile.ts'
import { fail } from '../errors.ts'
import { type Body, jsonBody } from '../request.ts'

/** The objects of a body of one JSON object a line, as `_msearch` and `_bulk` take them. @throws TW_PROFILE_BODY */
export function lines(request: CanonicalRequest): Body[] {
  if (request.body.length === 0) throw fail('TW_PROFILE_BODY', { reason: 'empty' })
  const bodies: Body[] = []
  const bytes = Buffer.from(request.body.buffer, request.body.byteOffset, request.body.length)
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(10, at)
    const line = bytes.subarray(at, end < 0 ? bytes.length : end)
    at = end < 0 ? bytes.length : end + 1
    bodies.push(
      line.length === 0 || (line.length === 1 && line[0] === 13) ? {} : jsonBody({ ...request, body: line }),
    )
  }
  return bodies
}
