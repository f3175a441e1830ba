import { createSecretKey } from 'node:crypto'
import { maskingConfig } from '../../../gateway/config.ts'
import {
  type BodyKind,
  compileMasking,
  createMasker,
  maskWhole,
  planFor,
} from '../../../gateway/masking/compile.ts'
import type { MaskPlan, ResponseShape } from '../../../gateway/masking/masker.ts'

export const pseudonym = createSecretKey(Buffer.alloc(32, 7))
export const compiled = (config: Parameters<typeof maskingConfig.parse>[0] = {}) =>
  compileMasking(maskingConfig.parse(config))
export const everything = compiled()
export const shapeOf = (shape: Partial<ResponseShape> = {}): ResponseShape => ({
  traceId: [],
  time: [],
  record: [],
  structural: [],
  ...shape,
})

export const plan = (
  options: {
    masking?: typeof everything
    shape?: Partial<ResponseShape>
    hide?: boolean
    reveal?: string[]
  } = {},
): MaskPlan =>
  planFor(options.masking ?? everything, shapeOf(options.shape), {
    hideContent: options.hide ?? false,
    reveal: options.reveal ?? [],
    pseudonym,
  })

/** Masks a value whole; the text that a client would get. */
export function mask(value: unknown, by: MaskPlan = plan(), kind: BodyKind = 'json') {
  const body = Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))
  const result = maskWhole(by, kind, body)
  return { text: Buffer.from(result.body).toString(), observed: result.observed }
}

/** Masks the same in pieces that end at these offsets. */
export function inPieces(
  body: Buffer,
  cuts: readonly number[],
  by: MaskPlan = plan(),
  kind: BodyKind = 'json',
) {
  const masker = createMasker(by, kind)
  const out: Uint8Array[] = []
  let from = 0
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    const to = Math.min(body.length, Math.max(from, cut))
    // The caller may use its chunk again, so a copy is handed over and spoilt afterwards.
    const piece = Buffer.from(body.subarray(from, to))
    out.push(Buffer.from(masker.push(piece)))
    piece.fill(0x21)
    from = to
  }
  out.push(Buffer.from(masker.push(body.subarray(from))))
  out.push(Buffer.from(masker.end()))
  return { text: Buffer.concat(out).toString(), observed: masker.observed }
}

/** Visibly fake, and put together here so that secret scanners stay quiet. */
export const AWS = `AKIA${'TESTTESTTESTTEST'}`
export const OPENAI = `sk-proj-${'Test1234Fake'.repeat(3)}`
export const GITHUB = `ghp_${'Test1234Fake'.repeat(3)}`
export const EMAIL = ['ada', 'example.org'].join('@')
