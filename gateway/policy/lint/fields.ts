import type { GatewayConfig } from '../../config.ts'
import { builtinRules as contentRules } from '../../masking/compile.ts'
import { compileRules } from '../config-rules.ts'
import type { Problem } from '../problem.ts'

/** What rules reveal exists, and can be known in time. */
export function* lintFields(config: GatewayConfig): Generator<Problem> {
  const { masking, policy } = config
  const fields = new Set([...masking.fields, ...masking.content.custom].map((f) => f.name))
  const content = new Set(contentRules.map((rule) => rule.name))
  const late = new Set(
    compileRules(config)
      .rules.filter((rule) => rule.condition.needsResponse)
      .map((rule) => rule.name),
  )
  for (const [index, rule] of policy.rules.entries()) {
    const path = ['policy', 'rules', index, 'reveal']
    for (const [at, name] of rule.reveal.entries())
      if (!fields.has(name) && !content.has(name))
        yield {
          path: [...path, at],
          message: `there is no masking field ${name}; expected ${[...fields].map((f) => `${f}, `).join('')}or a content rule`,
        }
    if (rule.reveal.length === 0) continue
    if (rule.effect === 'block')
      yield {
        path,
        message: `rule ${rule.name} refuses, so it reveals nothing; expected effect allow or approval`,
      }
    if (late.has(rule.name))
      yield {
        path,
        message: `rule ${rule.name} looks at the response, which is masked by then; expected a condition on request, user or window.traces`,
      }
  }
}
