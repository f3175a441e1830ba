import { createHmac } from 'node:crypto'
import { canonical } from '../../../../core/canonical.ts'
import { type BodyType, boundaryOf } from '../bodies/body-masker.ts'
import { MultipartParser } from '../bodies/multipart.ts'
import type { Door } from '../door-context.ts'

/**
 * The hash grants are bound to, over what the store answered before masking, so that what a grant reveals does not
 * change what it covers. Feed it the body, then `digest()`. Of a multipart body it is over the parts: the boundary is
 * another one each time.
 */
export function contentHash(door: Door, type: BodyType) {
  const whole = createHmac('sha256', door.logicalKey)
  const digest = () => `hmac:${whole.digest('hex').slice(0, 32)}`
  if (type.kind !== 'multipart') return { update: (bytes: Uint8Array) => void whole.update(bytes), digest }
  const parser = new MultipartParser(boundaryOf(type.header))
  let part = createHmac('sha256', door.logicalKey)
  return {
    update(bytes: Uint8Array) {
      for (const event of parser.push(bytes)) {
        if (event.type === 'part') part.update(`${canonical(event.headers)}\n`)
        else if (event.type === 'data') part.update(event.bytes)
        else {
          whole.update(part.digest())
          part = createHmac('sha256', door.logicalKey)
        }
      }
    },
    digest,
  }
}
