import type { GatewayConfig } from '../config.ts'
import type { PolicyCode } from './errors.ts'
import type { Verdict } from './facts.ts'
import type { PathJudge } from './paths.ts'
import type { DecisionInput } from './policy.ts'

/**
 * A *rule* looks at facts and either stays silent or *matches* with an effect. Effects are ordered
 * allow < mask < approval < block; the strictest of all matches is the verdict. Built-in rules are the files in
 * builtin/, config rules are compiled from CEL; both come out as matches, which decide.ts weighs.
 */
export interface Match {
  rule: string
  effect: Verdict
  code?: PolicyCode
  /** For people; carries names and counts, never values. */
  reason: string
  bypass?: readonly string[]
  reviewers?: readonly string[]
  reveal?: readonly string[]
}

export interface RuleInput extends DecisionInput {
  config: GatewayConfig
  paths: PathJudge
}

export interface BuiltinRule {
  name: string
  /** What it does, in one sentence, for docs, `check` and the console. */
  sentence: string
  /** `request`: from the request alone; `response`: needs to know what would be released. */
  stage: 'request' | 'response'
  on(config: GatewayConfig): boolean
  judge(input: RuleInput): Omit<Match, 'rule'> | undefined
  /** Must hold: test/gateway/policy/builtin.test.ts runs each, alone, under the default config. */
  examples: readonly RuleExample[]
}

export interface RuleExample {
  name: string
  given: Given
  effect: Verdict | 'silent'
}

/** Facts that differ from a plain read of one trace of connection `mlflow`, whose `timestamp` is structural. */
export interface Given {
  request?: Partial<DecisionInput['request']>
  response?: Partial<NonNullable<DecisionInput['response']>>
  window?: Partial<DecisionInput['window']>
  expects?: DecisionInput['expects']
}
