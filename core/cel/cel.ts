import { type ASTNode, Environment } from '@marcbachmann/cel-js'
import { judgePattern } from './pattern.ts'

/**
 * Conditions in CEL, checked against the names and types that a room offers, and bounded in size. Whoever writes one
 * is told what is wrong, where (1-based character), and what was expected.
 */
export type Variables = Readonly<Record<string, Readonly<Record<string, string>>>>

export interface Compiled {
  ast: ASTNode
  /** @throws EvaluationError where it fails at run time (index out of bounds, division by zero…). */
  holds(values: Readonly<Record<string, unknown>>): boolean
}

const LIMITS = {
  maxAstNodes: 500,
  maxDepth: 32,
  maxListElements: 500,
  maxMapEntries: 50,
  maxCallArguments: 8,
}

/** Compiles one condition. `example` is shown where the expression does not parse. `now` is always known. */
export function compileCel(
  expression: string,
  variables: Variables,
  example: string,
): Compiled | { problem: string } {
  const env = new Environment({ limits: LIMITS })
  for (const [name, schema] of Object.entries(variables)) env.registerVariable(name, { schema })
  env.registerVariable('now', 'google.protobuf.Timestamp')
  let parsed: ReturnType<Environment['parse']>
  try {
    parsed = env.parse(expression)
  } catch (error) {
    return { problem: explain(expression, error, `expected a condition such as ${example}`) }
  }
  const checked = parsed.check()
  if (!checked.valid)
    return { problem: explain(expression, checked.error, expectation(expression, checked.error, variables)) }
  if (checked.type !== 'bool') return { problem: `expected a condition (bool), found ${checked.type}` }
  for (const node of nodesOf(parsed.ast)) {
    const unsafe = isMatch(node) ? judgePattern(literal(patternOf(node))) : undefined
    if (unsafe) return { problem: unsafe }
  }
  return {
    ast: parsed.ast,
    // The checker proved the type; anything else is a fault of the library and must not read as "no match".
    holds: (values) => {
      const value: unknown = parsed(values)
      if (typeof value !== 'boolean') throw new TypeError(`expected bool, found ${typeof value}`)
      return value
    },
  }
}

/** A node and every node below it, whatever the operators' operands look like. */
export function* nodesOf(args: unknown): Generator<ASTNode> {
  if (Array.isArray(args)) for (const arg of args) yield* nodesOf(arg)
  else if (isNode(args)) {
    yield args
    yield* nodesOf(args.args)
  }
}

const isNode = (value: unknown): value is ASTNode =>
  typeof value === 'object' && value !== null && 'op' in value && 'args' in value

const isMatch = (node: ASTNode) => (node.op === 'rcall' || node.op === 'call') && node.args[0] === 'matches'

const patternOf = (node: ASTNode) =>
  node.op === 'rcall' ? node.args[2][0] : node.op === 'call' ? node.args[1][1] : undefined

const literal = (node: ASTNode | undefined) =>
  node?.op === 'value' && typeof node.args === 'string' ? node.args : undefined

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

function expectation(expression: string, error: unknown, variables: Variables): string {
  const { code, range } = error as Located
  const owner = range && /(\w+)\s*\.\s*$/.exec(expression.slice(0, range.start))?.[1]
  const known = owner === undefined ? undefined : variables[owner]
  if (code === 'no_such_key' && known) return `expected one of ${Object.keys(known).join(', ')}`
  if (code === 'unknown_variable') return `expected one of ${Object.keys(variables).join(', ')}, now`
  return 'expected operands whose types fit'
}
