import { createHash } from 'node:crypto'
import { canonical } from '../../core/canonical.ts'
import type { GatewayConfig } from '../config.ts'
import { compileRules } from './config-rules.ts'
import { createDecide } from './decide.ts'
import { fail } from './errors.ts'
import { compilePaths } from './paths.ts'
import { cachePlans } from './plans.ts'
import type { Snapshot } from './policy.ts'
import { published } from './published.ts'

/**
 * Config → one frozen policy.
 * @throws TW_POLICY_INVALID, whose `details.problems` says what is wrong and where.
 */
export function compilePolicy(config: GatewayConfig, { version }: { version: number }): Snapshot {
  const { rules, problems } = compileRules(config)
  const first = problems[0]
  if (first)
    throw fail('TW_POLICY_INVALID', {
      count: problems.length,
      path: first.path.join('.'),
      problem: first.message,
      problems,
    })
  return Object.freeze({
    version,
    hash: policyHash(config),
    config,
    decide: createDecide({ config, rules, paths: compilePaths(config.masking) }),
    plan: cachePlans((shape, options) => ({ rules: config.masking, shape, ...options })),
  })
}

/** `sha256:…` of what of the config is policy; without secrets, or a published hash would test guesses of them. */
export const policyHash = (config: GatewayConfig): string =>
  `sha256:${createHash('sha256')
    .update(canonical(published(config)))
    .digest('hex')}`
