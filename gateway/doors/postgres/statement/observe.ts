import { CodedError } from '../../../../core/errors.ts'
import { checkNodes } from './allow/nodes.ts'
import { newBinding, TECHNIQUES } from './bind/binding.ts'
import { bindSelect, Environment } from './bind/select.ts'
import { factsOf, print } from './kinds/facts.ts'
import { shapeOf } from './kinds/shape.ts'
import type { Tools } from './kinds/tools.ts'
import type { Refusal, StatementPlan } from './plan.ts'
import type { Technique } from './techniques.ts'

/**
 * Observe mode: a query that is refused for what it would tell of columns that may hold secrets (in a condition, an
 * order, an expression, a set operation), as a plan that says so. What is not understood, not declared, not read-only or
 * not allow-listed is still no query that can be sent: undefined.
 */
export function observedPlan(
  text: string,
  { context, parser, relations }: Omit<Tools, 'binding'>,
  refusal: Refusal,
): StatementPlan | undefined {
  const techniques = new Set<Technique>()
  const binding = newBinding(context, relations, ({ path }, { as, operator }) => {
    techniques.add(TECHNIQUES[as])
    if (as !== 'value')
      binding.predicates.set(`${path} ${as} ${operator}`, { field: path, use: as, operator })
  })
  try {
    const [statement, second] = parser.parse(text)
    if (!statement || second || !('SelectStmt' in statement)) return undefined
    checkNodes(statement)
    bindSelect(binding, statement.SelectStmt, {
      outer: undefined,
      environment: new Environment(),
      named: false,
    })
    const tools = { context, parser, relations, binding }
    const sql = print(tools, statement)
    return {
      kind: 'select',
      action: 'read',
      route: 'postgres.select',
      ...factsOf(tools),
      bypass: [...new Set([...refusal.bypass, ...techniques])],
      sql,
      result: { columns: [], content: true },
      shape: shapeOf(parser, statement, sql),
      logical: sql,
      refused: refusal,
    }
  } catch (error) {
    if (error instanceof CodedError || error instanceof RangeError) return undefined
    throw error
  }
}
