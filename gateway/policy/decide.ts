import type { GatewayConfig } from '../config.ts'
import { builtinRules } from './builtin/index.ts'
import { variablesOf } from './condition/variables.ts'
import { type CompiledRule, judgeRule } from './config-rules.ts'
import type { Decision, Obligations, Verdict } from './facts.ts'
import { covers } from './grant.ts'
import type { PathJudge } from './paths.ts'
import type { DecisionInput } from './policy.ts'
import type { Match, RuleInput } from './rule.ts'

const RANK: Readonly<Record<Verdict, number>> = { allow: 0, mask: 1, approval: 2, block: 3 }

export interface Decider {
  config: GatewayConfig
  rules: readonly CompiledRule[]
  paths: PathJudge
}

/**
 * The one function that says no. Every rule that can be judged is; the strictest effect wins; a grant that covers the
 * facts lifts approvals and nothing else.
 */
export function createDecide({ config, rules, paths }: Decider): (input: DecisionInput) => Decision {
  const builtin = builtinRules.filter((rule) => rule.on(config))
  return (input) => {
    const matches: Match[] = []
    const { request, response, expects, identity, window, grant, risk, now } = input
    const context: RuleInput = { request, identity, window, risk, now, config, paths }
    if (response) context.response = response
    if (expects) context.expects = expects
    if (grant) context.grant = grant
    for (const rule of builtin) {
      const match = rule.judge(context)
      if (match) matches.push({ rule: rule.name, ...match })
    }
    if (rules.length) judgeAll(rules, input, matches)
    return matches.length === 0 ? silent(config, input) : weighed(config, input, matches)
  }
}

const NONE: readonly string[] = Object.freeze([])

function silent(config: GatewayConfig, input: DecisionInput): Decision {
  return {
    verdict: 'allow',
    rules: NONE,
    reason: '',
    bypass: distinct(input.request.bypass),
    reviewers: NONE,
    obligations: obligations(config, input, NONE),
  }
}

/** The strictest of the matches decides; what it says comes from all of them. */
function weighed(config: GatewayConfig, input: DecisionInput, matches: readonly Match[]): Decision {
  const lifted = matches.some((m) => m.effect === 'approval') && covers(input)
  const standing = matches.filter((m) => !lifted || m.effect !== 'approval')
  standing.sort((a, b) => RANK[b.effect] - RANK[a.effect])
  const first = standing[0]
  // What needs approval is revealed only once a grant lifts it.
  const clear = lifted && !input.grant?.masked
  const revealing = matches.filter((m) => m.effect === 'allow' || (m.effect === 'approval' && clear))
  return {
    verdict: first?.effect ?? 'allow',
    rules: standing.map((m) => m.rule),
    reason: first?.reason ?? '',
    ...(first?.code === undefined ? {} : { code: first.code }),
    bypass: distinct([...input.request.bypass, ...matches.flatMap((m) => m.bypass ?? [])]),
    reviewers: distinct(standing.flatMap((m) => (m.effect === 'approval' ? (m.reviewers ?? []) : []))),
    obligations: obligations(config, input, distinct(revealing.flatMap((m) => m.reveal ?? []))),
  }
}

function judgeAll(rules: readonly CompiledRule[], input: DecisionInput, matches: Match[]): void {
  const due = rules.filter(
    (rule) => rule.applies(input.request) && (input.response !== undefined || !rule.condition.needsResponse),
  )
  if (due.length === 0) return
  const variables = variablesOf(input)
  for (const rule of due) {
    const match = judgeRule(rule, variables)
    if (match) matches.push(match)
  }
}

function obligations(config: GatewayConfig, input: DecisionInput, reveal: readonly string[]): Obligations {
  const { max_traces, window_block } = config.policy.limits
  return {
    hideContent: input.expects?.listing ?? input.request.action === 'search',
    reveal,
    maxTraces: Math.max(0, Math.min(max_traces, window_block - input.window.traces)),
    record: config.recording.enabled && input.request.action !== 'asset' ? 'full' : 'facts',
  }
}

const distinct = (values: readonly string[]) => (values.length < 2 ? values : [...new Set(values)])
