import { compileCel, nodesOf } from '../../../core/cel/cel.ts'
import { VARIABLES, type variablesOf } from './variables.ts'

/** A compiled `when`. */
export interface Condition {
  /** Uses `response` or `window.fresh`: there is nothing to evaluate before the answer is known. */
  needsResponse: boolean
  /** @throws EvaluationError where the expression fails at run time (index out of bounds, division by zero…). */
  holds(variables: Variables): boolean
}

export type Variables = ReturnType<typeof variablesOf>

/** Compiles one expression, or says what is wrong, where (1-based character), and what was expected. */
export function compileCondition(expression: string): { condition: Condition } | { problem: string } {
  const compiled = compileCel(expression, VARIABLES, 'request.action == "read"')
  if ('problem' in compiled) return compiled
  const needsResponse = [...nodesOf(compiled.ast)].some(
    (node) => (node.op === 'id' && node.args === 'response') || (node.op === '.' && node.args[1] === 'fresh'),
  )
  return { condition: { needsResponse, holds: compiled.holds } }
}
