import { type ASTNode, Environment } from '@marcbachmann/cel-js'
import { judgePattern } from './pattern.ts'
import { VARIABLES, type variablesOf } from './variables.ts'

/** A compiled `when`. */
export interface Condition {
  /** Uses `response` or `window.fresh`: there is nothing to evaluate before the answer is known. */
  needsResponse: boolean
  /** @throws EvaluationError where the expression fails at run time (index out of bounds, division by zero…). */
  holds(variables: Variables): boolean
}

export type Variables = ReturnType<typeof variablesOf>

const LIMITS = {
  maxAstNodes: 500,
  maxDepth: 32,
  maxListElements: 500,
  maxMapEntries: 50,
  maxCallArguments: 8,
}

function environment(): Environment {
  const env = new Environment({ limits: LIMITS })
  for (const [name, schema] of Object.entries(VARIABLES)) env.registerVariable(name, { schema })
  return env.registerVariable('now', 'google.protobuf.Timestamp')
}

/** Compiles one expression, or says what is wrong, where (1-based character), and what was expected. */
export function compileCondition(expression: string): { condition: Condition } | { problem: string } {
  const env = environment()
  let parsed: ReturnType<Environment['parse']>
  try {
    parsed = env.parse(expression)
  } catch (error) {
    return { problem: explain(expression, error, 'expected a condition such as request.action == "read"') }
  }
  const checked = parsed.check()
  if (!checked.valid)
    return { problem: explain(expression, checked.error, expectation(expression, checked.error)) }
  if (checked.type !== 'bool') return { problem: `expected a condition (bool), found ${checked.type}` }

  const seen = survey(parsed.ast)
  const unsafe = seen.patterns.map(judgePattern).find((problem) => problem !== undefined)
  if (unsafe) return { problem: unsafe }
  return {
    condition: {
      needsResponse: seen.needsResponse,
      // The checker proved the type; anything else is a fault of the library and must not read as "no match".
      holds: (variables) => {
        const value: unknown = parsed(variables)
        if (typeof value !== 'boolean') throw new TypeError(`expected bool, found ${typeof value}`)
        return value
      },
    },
  }
}

interface Survey {
  needsResponse: boolean
  /** Arguments of matches(): the text of literals, undefined for computed ones. */
  patterns: (string | undefined)[]
}

function survey(node: ASTNode, seen: Survey = { needsResponse: false, patterns: [] }): Survey {
  if (node.op === 'id' && node.args === 'response') seen.needsResponse = true
  if (node.op === '.' && node.args[1] === 'fresh') seen.needsResponse = true
  if (node.op === 'rcall' && node.args[0] === 'matches') seen.patterns.push(literal(node.args[2][0]))
  if (node.op === 'call' && node.args[0] === 'matches') seen.patterns.push(literal(node.args[1][1]))
  for (const child of children(node.args)) survey(child, seen)
  return seen
}

const literal = (node: ASTNode | undefined) =>
  node?.op === 'value' && typeof node.args === 'string' ? node.args : undefined

/** Every node below, whatever the operator's operands look like. */
function* children(args: unknown): Generator<ASTNode> {
  if (Array.isArray(args)) for (const arg of args) yield* children(arg)
  else if (isNode(args)) yield args
}

const isNode = (value: unknown): value is ASTNode =>
  typeof value === 'object' && value !== null && 'op' in value && 'args' in value

interface Located {
  code?: string
  summary?: string
  range?: { start: number; end: number }
}

function explain(expression: string, error: unknown, expected: string): string {
  const { summary, range } = error as Located
  const place = range
    ? `character ${range.start + 1}${quote(expression.slice(range.start, range.end))}: `
    : ''
  return `${place}${summary ?? 'not a valid expression'}; ${expected}`
}

const quote = (text: string) => (text.trim() ? ` (${text.trim()})` : '')

function expectation(expression: string, error: unknown): string {
  const { code, range } = error as Located
  const owner = range && /(\w+)\s*\.\s*$/.exec(expression.slice(0, range.start))?.[1]
  if (code === 'no_such_key' && owner && Object.hasOwn(VARIABLES, owner))
    return `expected one of ${Object.keys(VARIABLES[owner as keyof typeof VARIABLES]).join(', ')}`
  if (code === 'unknown_variable') return `expected one of ${Object.keys(VARIABLES).join(', ')}, now`
  return 'expected operands whose types fit'
}
