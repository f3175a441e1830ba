import type { KeyObject } from 'node:crypto'
import type { MaskingConfig } from '../config.ts'
import { compileMasking, createMasker } from '../masking/compile.ts'
import type { ResponseShape } from '../masking/masker.ts'
import { planFor } from '../masking/plan.ts'
import type { BodyKind, Remask } from './replay.ts'

/** A recorded body is looked at for what must be hidden, not for what it says about traces. */
const SHAPE: ResponseShape = { traceId: [], time: [], record: [], structural: [] }

/** The rules of now over what the rules of then let through: the stricter of the two is what a reviewer sees. */
export function remaskUnder(masking: MaskingConfig, pseudonym: KeyObject): (kind: BodyKind) => Remask {
  const plan = planFor(compileMasking(masking), SHAPE, { hideContent: false, reveal: new Set(), pseudonym })
  return (kind) => createMasker(plan, kind)
}
