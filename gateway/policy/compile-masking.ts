import { canonical } from '../../core/canonical.ts'
import type { MaskingConfig } from '../config.ts'
import { type CompiledMasking, compileMasking } from '../masking/compile.ts'

/** @throws what compileMasking throws */
export type MaskingCompiler = (config: MaskingConfig) => CompiledMasking

/**
 * Compiling masking builds one automaton for all content rules, which takes about half a second of a core; a change
 * of policy that leaves masking as it was should not stop the doors for that.
 */
export function rememberMasking(): MaskingCompiler {
  let last: { text: string; compiled: CompiledMasking } | undefined
  return (config) => {
    const text = canonical(config)
    if (last?.text !== text) last = { text, compiled: compileMasking(config) }
    return last.compiled
  }
}
