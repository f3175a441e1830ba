import { createRequire } from 'node:module'
import type { MaskingConfig } from '../config.ts'
import { fail } from './errors.ts'
import type { RuleInput } from './scan/ruleset.ts'

type Custom = MaskingConfig['content']['custom'][number]

/**
 * Rules from config, checked: a pattern that can backtrack badly would let one trace stop the gateway.
 * @throws TW_MASK_PATTERN, TW_MASK_PATTERN_EMPTY, TW_MASK_PATTERN_SLOW, each with the rule's name.
 */
export function customRules(custom: readonly Custom[]): RuleInput[] {
  return custom.map((rule) => {
    checkPattern(rule.name, rule.pattern)
    return {
      rule: {
        name: rule.name,
        kind: 'identifier',
        keywords: rule.keywords.map(literal),
        caseless: true,
        pattern: rule.pattern,
      },
      transform: rule.transform,
      highRisk: rule.high_risk,
      roams: true,
    }
  })
}

/** Keywords from config are plain text. */
const literal = (text: string) => Buffer.from(text).toString('latin1').replaceAll('\\', '\\\\')

function checkPattern(rule: string, source: string): void {
  let pattern: RegExp
  try {
    pattern = new RegExp(source)
  } catch (cause) {
    throw fail(
      'TW_MASK_PATTERN',
      { rule, problem: cause instanceof Error ? cause.message : 'invalid' },
      cause,
    )
  }
  if (pattern.test('')) throw fail('TW_MASK_PATTERN_EMPTY', { rule })
  const verdict = checker()(source, '', { timeout: 3000 })
  if (verdict.status !== 'safe')
    throw fail('TW_MASK_PATTERN_SLOW', { rule, complexity: verdict.complexity?.summary ?? verdict.status })
}

interface Verdict {
  status: 'safe' | 'vulnerable' | 'unknown'
  complexity?: { summary?: string }
}
type Check = (source: string, flags: string, options: { timeout: number }) => Verdict

/**
 * recheck in plain JavaScript: its main entry would start a worker or a program of its own. It is 3 MB, so it is loaded
 * only where there is a pattern to check.
 */
function checker(): Check {
  const recheck: { checkSync: Check } = createRequire(import.meta.url)('recheck/lib/browser.js')
  return recheck.checkSync
}
