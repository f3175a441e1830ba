import { createMasker, maskWhole } from '../../../masking/compile.ts'
import type { Masker, MaskPlan, Observed } from '../../../masking/masker.ts'
import { fail } from '../errors.ts'
import type { BodyKind } from '../release/content-type.ts'
import { createAdmittingMasker } from './admitting.ts'
import { createMultipartMasker } from './multipart-masker.ts'
import { createSseMasker } from './sse-masker.ts'

/** Kinds that the masking engine itself reads. */
export type PlainKind = Exclude<BodyKind, 'multipart' | 'sse'>

export interface BodyType {
  kind: BodyKind
  /** The content-type header: multipart's boundary stands in it. */
  header: string
}

/** A masker for one body. @throws TW_HTTP_MULTIPART without a usable boundary. */
export function createBodyMasker(plan: MaskPlan, type: BodyType): Masker {
  const { admit } = plan.shape
  return admit ? createAdmittingMasker(() => maskerOf(plan, type), type.kind, admit) : maskerOf(plan, type)
}

function maskerOf(plan: MaskPlan, type: BodyType): Masker {
  if (type.kind === 'multipart') return createMultipartMasker(plan, boundaryOf(type.header))
  if (type.kind === 'sse') return createSseMasker(plan)
  return createMasker(plan, type.kind)
}

export function maskBody(
  plan: MaskPlan,
  type: BodyType,
  body: Uint8Array,
): { body: Uint8Array; observed: Observed } {
  if (type.kind !== 'multipart' && type.kind !== 'sse' && !plan.shape.admit)
    return maskWhole(plan, type.kind, body)
  const masker = createBodyMasker(plan, type)
  const head = masker.push(body)
  return { body: Buffer.concat([head, masker.end()]), observed: masker.observed }
}

/** RFC 2046 allows 70 characters; Phoenix sends 86. */
const BOUNDARY = /;\s*boundary\s*=\s*(?:"([^"\r\n]{1,200})"|([^\s;"]{1,200}))(?=\s*(?:;|$))/i

/** @throws TW_HTTP_MULTIPART where there is none. */
export function boundaryOf(header: string): string {
  const match = BOUNDARY.exec(header)
  const boundary = match?.[1] ?? match?.[2]
  if (boundary === undefined) throw fail('TW_HTTP_MULTIPART', { problem: 'no boundary' })
  return boundary
}
