import type { Relation } from '../catalogue/catalogue.ts'
import { judgeView } from './bind/view.ts'
import { dissect } from './cache/literals.ts'
import { Recent } from './cache/recent.ts'
import { instantiate, type Template, templateOf } from './cache/template.ts'
import { compileStatement } from './compile.ts'
import { checkDescription } from './describe.ts'
import { observedPlan } from './observe.ts'
import { openParser } from './parser/parser.ts'
import type { Compiled, StatementContext, Statements } from './plan.ts'
import { Relations } from './sensitivity/relations.ts'

/** How much is remembered, for each context. */
export interface StatementLimits {
  entries: number
  /** Of a text that is worth remembering, in characters. */
  text: number
}

/** Texts of one skeleton that differ in what decides (LIMIT 5, LIMIT 10) have a template each, up to so many. */
const VARIANTS = 8

interface Remembered {
  readonly relations: Relations
  readonly texts: Recent<Compiled>
  readonly templates: Recent<Template[]>
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
    const judge = (relation: Relation, of: Relations) => judgeView(relation, of, context, parser)
    const fresh = {
      relations: new Relations(context, parser, judge),
      texts: new Recent<Compiled>(limits.entries),
      templates: new Recent<Template[]>(limits.entries),
    }
    contexts.set(context, fresh)
    return fresh
  }

  function compile(text: string, context: StatementContext): Compiled {
    const { texts, templates, relations } = remembered(context)
    const known = texts.get(text)
    if (known) return known
    if (text.length > limits.text) return compileStatement(text, context, parser, relations).compiled
    const dissected = dissect(text)
    const variants = dissected && templates.get(dissected.skeleton)
    for (const template of variants ?? []) {
      const plan = dissected && instantiate(template, text, dissected)
      if (plan) return { plan }
    }
    const { compiled, fixed } = compileStatement(text, context, parser, relations)
    texts.set(text, compiled)
    if (dissected?.literals.length && compiled.plan && (variants?.length ?? 0) < VARIANTS) {
      const template = templateOf(text, dissected, compiled.plan, fixed, (marked) => {
        const again = compileStatement(marked, context, parser, relations)
        return { plan: again.compiled.plan, fixed: again.fixed }
      })
      if (template) templates.set(dissected.skeleton, [...(variants ?? []), template])
    }
    return compiled
  }

  return {
    compile,
    observed: (text, context, refusal) =>
      observedPlan(text, { context, parser, relations: remembered(context).relations }, refusal),
    check: (plan, fields, context) => checkDescription(plan, fields, context, remembered(context).relations),
  }
}
