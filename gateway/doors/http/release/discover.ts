import type { MaskPlan } from '../../../masking/masker.ts'
import type { ResponseFacts } from '../../../policy/facts.ts'
import { responseFacts, shownOf } from '../../inquiry/shown.ts'
import { type BodyType, createBodyMasker } from '../bodies/body-masker.ts'
import type { Door } from '../door-context.ts'
import type { Exchange } from '../exchange.ts'
import { contentHash } from './content-hash.ts'
import type { Collected, Source } from './decode.ts'

/**
 * Reads a large answer to its end and releases nothing of it: what it holds is known before the first byte goes out,
 * so that an approval can name it and a refusal is a clean error. The store is asked again for the release itself.
 */
export async function discover(
  door: Door,
  x: Exchange,
  type: BodyType,
  plan: MaskPlan,
  source: Source,
  first: Collected,
): Promise<ResponseFacts & { content: string }> {
  const masker = createBodyMasker(plan, type)
  const hash = contentHash(door, type)
  let bytes = 0
  let chunk: Uint8Array | undefined = first.body
  while (chunk) {
    hash.update(chunk)
    bytes += masker.push(chunk).length
    if (x.gone) source.cancel()
    chunk = await source.read()
  }
  bytes += masker.end().length
  const content = hash.digest()
  return { ...responseFacts(shownOf(x, masker.observed, bytes), bytes), content }
}
