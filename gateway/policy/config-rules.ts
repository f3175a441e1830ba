import type { GatewayConfig } from '../config.ts'
import { type Condition, compileCondition, type Variables } from './condition/condition.ts'
import { fail } from './errors.ts'
import type { RequestFacts } from './facts.ts'
import type { Problem } from './problem.ts'
import type { Match } from './rule.ts'

type ConfigRule = GatewayConfig['policy']['rules'][number]

export interface CompiledRule {
  name: string
  condition: Condition
  applies(request: RequestFacts): boolean
  match: Match
}

/** Compiles policy.rules; all problems at once, each at its place in the config. */
export function compileRules(config: GatewayConfig): { rules: CompiledRule[]; problems: Problem[] } {
  const rules: CompiledRule[] = []
  const problems: Problem[] = []
  config.policy.rules.forEach((rule, index) => {
    const result = compileCondition(rule.when)
    if ('problem' in result)
      problems.push({
        path: ['policy', 'rules', index, 'when'],
        message: `rule ${rule.name}: ${result.problem}`,
      })
    else rules.push(compiled(rule, result.condition))
  })
  return { rules, problems }
}

function compiled(rule: ConfigRule, condition: Condition): CompiledRule {
  const { name, effect, connections } = rule
  const only = connections && new Set(connections)
  const said = rule.reason ?? rule.description
  const common = { rule: name, reveal: rule.reveal, reviewers: rule.reviewers }
  const match: Match =
    effect === 'allow'
      ? { ...common, effect, reason: said ?? '' }
      : effect === 'block'
        ? {
            ...common,
            effect,
            code: 'TW_POLICY_RULE',
            reason: fail('TW_POLICY_RULE', { rule: name, reason: said ?? 'its condition holds.' }).message,
          }
        : {
            ...common,
            effect,
            code: 'TW_POLICY_APPROVAL',
            reason: fail('TW_POLICY_APPROVAL', { reason: said ?? `rule ${name} asks for it.` }).message,
          }
  return { name, condition, match, applies: (request) => !only || only.has(request.connection) }
}

/** The match of one rule, silence, or, where it cannot be evaluated, a refusal: what cannot be judged is not shown. */
export function judgeRule(rule: CompiledRule, variables: Variables): Match | undefined {
  try {
    return rule.condition.holds(variables) ? rule.match : undefined
  } catch (error) {
    const problem = error instanceof Error && 'code' in error ? String(error.code) : 'evaluation failed'
    return {
      rule: rule.name,
      effect: 'block',
      code: 'TW_POLICY_RULE_FAILED',
      reason: fail('TW_POLICY_RULE_FAILED', { rule: rule.name, problem }).message,
    }
  }
}
