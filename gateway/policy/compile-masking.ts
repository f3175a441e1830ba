import { canonical } from '../../core/canonical.ts'
import type { MaskingConfig } from '../config.ts'
import { type CompiledMasking, compileMasking } from '../masking/compile.ts'

/** @throws what compileMasking throws */
export type MaskingCompiler = (config: MaskingConfig) => CompiledMasking

/**
 * The first body after compiling masking pays for one automaton of all content rules and for paths not seen before; a
 * change of policy that leaves masking as it was should not make it pay again.
 */
export function rememberMasking(): MaskingCompiler {
  let last: { text: string; compiled: CompiledMasking } | undefined
  return (config) => {
    const text = canonical(config)
    if (last?.text !== text) last = { text, compiled: compileMasking(config) }
    return last.compiled
  }
}
