import type { GatewayConfig } from '../../config.ts'
import { compileMasking } from '../../masking/compile.ts'
import type { MaskingCompiler } from '../compile-masking.ts'
import { compileRules } from '../config-rules.ts'
import type { Problem } from '../problem.ts'
import { lintCanaries } from './canaries.ts'
import { lintChanges } from './changes.ts'
import { lintConnections } from './connections.ts'
import { lintFields } from './fields.ts'
import { lintIdentity } from './identity.ts'
import { lintMasking } from './masking.ts'
import { lintNames } from './names.ts'
import { lintReviewers } from './reviewers.ts'

/** Looks at a config that the schema has accepted; each is one question, and finds all it can. */
type Check = (config: GatewayConfig) => Iterable<Problem>

const CHECKS: readonly Check[] = [
  (config) => compileRules(config).problems,
  lintNames,
  lintCanaries,
  lintChanges,
  lintConnections,
  lintFields,
  lintIdentity,
  lintReviewers,
]

/** What fits the schema but not together: what `check` says beyond it, and what a reload is refused for. */
export const lintPolicy = (config: GatewayConfig, masking: MaskingCompiler = compileMasking): Problem[] => [
  ...CHECKS.flatMap((check) => [...check(config)]),
  ...lintMasking(config, masking),
]
