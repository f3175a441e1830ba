import { judgeView } from './bind/view.ts'
import { compileStatement } from './compile.ts'
import { checkDescription } from './describe.ts'
import { openParser } from './parser/parser.ts'
import type { Compiled, StatementContext, Statements } from './plan.ts'
import { Relations } from './sensitivity/relations.ts'

/** How much is remembered, for each context. */
export interface StatementLimits {
  entries: number
  /** Of a text that is worth remembering, in characters. */
  text: number
}

interface Remembered {
  readonly relations: Relations
  /** In the order of last use. */
  readonly compiled: Map<string, Compiled>
}

/** Loads the parser and makes the room's face. Nothing is kept of a context that nobody uses any more. */
export async function openStatements(
  limits: StatementLimits = { entries: 2_000, text: 16 * 1024 },
): Promise<Statements> {
  const parser = await openParser()
  const contexts = new WeakMap<StatementContext, Remembered>()
  const remembered = (context: StatementContext): Remembered => {
    const known = contexts.get(context)
    if (known) return known
    const judge = (relation: Parameters<typeof judgeView>[0], of: Relations) =>
      judgeView(relation, of, context, parser)
    const fresh = { relations: new Relations(context, parser, judge), compiled: new Map<string, Compiled>() }
    contexts.set(context, fresh)
    return fresh
  }
  return {
    compile(text, context) {
      const { compiled, relations } = remembered(context)
      const known = compiled.get(text)
      if (known) {
        // Only when crowded does it matter who came last.
        if (compiled.size * 2 > limits.entries) {
          compiled.delete(text)
          compiled.set(text, known)
        }
        return known
      }
      const made = compileStatement(text, context, parser, relations)
      if (text.length <= limits.text) {
        compiled.set(text, made)
        const [oldest] = compiled.keys()
        if (compiled.size > limits.entries && oldest !== undefined) compiled.delete(oldest)
      }
      return made
    },
    check: (plan, fields, context) => checkDescription(plan, fields, context, remembered(context).relations),
  }
}
