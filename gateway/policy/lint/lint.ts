import type { GatewayConfig } from '../../config.ts'
import { compileRules } from '../config-rules.ts'
import type { Problem } from '../problem.ts'
import { lintConnections } from './connections.ts'
import { lintFields } from './fields.ts'
import { lintIdentity } from './identity.ts'
import { lintNames } from './names.ts'
import { lintReviewers } from './reviewers.ts'

/** Looks at a config that the schema has accepted; each is one question, and finds all it can. */
type Check = (config: GatewayConfig) => Iterable<Problem>

const CHECKS: readonly Check[] = [
  (config) => compileRules(config).problems,
  lintNames,
  lintConnections,
  lintFields,
  lintIdentity,
  lintReviewers,
]

/** What fits the schema but not together: what `check` says beyond it, and what a reload is refused for. */
export const lintPolicy = (config: GatewayConfig): Problem[] => CHECKS.flatMap((check) => [...check(config)])
