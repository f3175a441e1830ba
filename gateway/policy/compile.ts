import { createHash } from 'node:crypto'
import { canonical } from '../../core/canonical.ts'
import type { GatewayConfig } from '../config.ts'
import { compileMasking, planFor, textMasker } from '../masking/compile.ts'
import { compileCanaries } from './canaries.ts'
import type { MaskingCompiler } from './compile-masking.ts'
import { compileRules } from './config-rules.ts'
import { createDecide } from './decide.ts'
import { fail } from './errors.ts'
import { judgePaths } from './paths.ts'
import { cachePlans } from './plans.ts'
import type { Snapshot } from './policy.ts'
import { published } from './published.ts'

/**
 * Config → one frozen policy.
 * @throws TW_POLICY_INVALID, whose `details.problems` says what is wrong and where; what compileMasking throws.
 */
export function compilePolicy(
  config: GatewayConfig,
  { version, masking: compile = compileMasking }: { version: number; masking?: MaskingCompiler },
): Snapshot {
  const { rules, problems } = compileRules(config)
  const first = problems[0]
  if (first)
    throw fail('TW_POLICY_INVALID', {
      count: problems.length,
      path: first.path.join('.'),
      problem: first.message,
      problems,
    })
  const masking = compile(config.masking)
  return Object.freeze({
    version,
    hash: policyHash(config),
    config,
    masking,
    decide: createDecide({ config, rules, paths: judgePaths(masking) }),
    plan: cachePlans((shape, options) => planFor(masking, shape, options)),
    canary: compileCanaries(config.policy.canaries),
    scrub: remembering(textMasker(masking)),
  })
}

/** How many texts, of at most how many characters, are known to be clean. */
const REMEMBERED = 2000
const SHORT = 200

/** Shapes, types and names of collections are the same at every request. What is not clean is not kept. */
function remembering(scrub: (text: string) => string): (text: string) => string {
  const clean = new Set<string>()
  return (text) => {
    if (clean.has(text)) return text
    const scrubbed = scrub(text)
    if (scrubbed === text && text.length <= SHORT) {
      if (clean.size >= REMEMBERED) clean.clear()
      clean.add(text)
    }
    return scrubbed
  }
}

/** `sha256:…` of what of the config is policy; without secrets, or a published hash would test guesses of them. */
export const policyHash = (config: GatewayConfig): string =>
  `sha256:${createHash('sha256')
    .update(canonical(published(config)))
    .digest('hex')}`
