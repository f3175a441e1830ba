import { CodedError } from '../../../core/errors.ts'
import type { GatewayConfig, MaskingConfig } from '../../config.ts'
import { compileMasking, builtinRules as contentRules } from '../../masking/compile.ts'
import type { MaskingCompiler } from '../compile-masking.ts'
import type { Problem } from '../problem.ts'

/** Compiles masking as it will be, and where that fails each part alone, so that every problem has its place. */
export function* lintMasking({ masking }: GatewayConfig, compile: MaskingCompiler): Generator<Problem> {
  if (!problemOf(masking, compile)) return
  for (const { path, part } of partsOf(masking)) {
    const message = problemOf(part)
    if (message) yield { path: ['masking', ...path], message }
  }
}

function problemOf(masking: MaskingConfig, compile: MaskingCompiler = compileMasking): string | undefined {
  try {
    compile(masking)
    return undefined
  } catch (error) {
    // Names given twice are found by lintNames, with their places.
    if (error instanceof CodedError)
      return error.code === 'TW_MASK_DUPLICATE_NAME' ? undefined : `${error.message} ${error.hint}`
    throw error
  }
}

function* partsOf(masking: MaskingConfig): Generator<{ path: PropertyKey[]; part: MaskingConfig }> {
  const { fields, structural, content } = masking
  // Without the built-in rules a part compiles at once.
  const all = contentRules.map((rule) => rule.name)
  const plain = { disable: all, transform: {}, custom: [] }
  const empty = { ...masking, fields: [], structural: [], content: plain }
  for (const [i, field] of fields.entries())
    yield { path: ['fields', i], part: { ...empty, fields: [field] } }
  for (const [i, path] of structural.entries())
    yield { path: ['structural', i], part: { ...empty, structural: [path] } }
  for (const [i, name] of content.disable.entries())
    yield {
      path: ['content', 'disable', i],
      part: { ...empty, content: { ...plain, disable: [...all, name] } },
    }
  for (const [name, transform] of Object.entries(content.transform))
    yield {
      path: ['content', 'transform', name],
      part: { ...empty, content: { ...plain, transform: { [name]: transform } } },
    }
  for (const [i, rule] of content.custom.entries())
    yield { path: ['content', 'custom', i], part: { ...empty, content: { ...plain, custom: [rule] } } }
}
