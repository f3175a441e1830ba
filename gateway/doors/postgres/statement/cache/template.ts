import type { StatementPlan } from '../plan.ts'
import type { Dissected, Literal } from './literals.ts'

/**
 * A plan for all texts that differ in literals only: of which none decided anything. Literals that did (an ordinal, a
 * LIMIT, a JSON key) are *fixed*, and a text must have the same.
 */
export interface Template {
  readonly plan: StatementPlan
  readonly sql: Pattern
  readonly logical: Pattern
  /** Index of a literal → the text it must have. */
  readonly fixed: readonly (readonly [index: number, text: string])[]
}

/** Text between holes, and which literal goes into each. */
interface Pattern {
  readonly pieces: readonly string[]
  readonly holes: readonly number[]
}

export type Compile = (text: string) => { plan?: StatementPlan | undefined; fixed: ReadonlySet<number> }

const NUMBER = 918_273_000
const WORD = 'tw-literal-'

/**
 * Makes the template of a text that was compiled to `plan`: compiles it again with a mark for each free literal, and
 * keeps the result only if putting the literals back gives the same plan.
 * @param fixed where the literals stand that decided something
 */
export function templateOf(
  text: string,
  { literals }: Dissected,
  plan: StatementPlan,
  fixed: ReadonlySet<number>,
  compile: Compile,
): Template | undefined {
  if (plan.kind !== 'select' || literals.length > 50 || text.includes('918273') || text.includes(WORD))
    return undefined
  const isFixed = literals.map((literal) => fixed.has(placeOf(literal)))
  // A constant that decided something and is no literal of ours could be anything.
  if (isFixed.filter(Boolean).length !== fixed.size) return undefined
  const marks = literals.map((literal, index) => (isFixed[index] ? undefined : markOf(literal, index)))
  const marked = compile(fill(text, literals, marks)).plan
  if (!marked) return undefined
  const sql = patternOf(marked.sql, marks)
  const logical = patternOf(marked.logical, marks)
  const values = literals.map(({ start, end }) => text.slice(start, end))
  if (!sql || !logical || apply(sql, values) !== plan.sql || apply(logical, values) !== plan.logical)
    return undefined
  const required = literals.flatMap((_, index) =>
    isFixed[index] ? [[index, values[index] ?? ''] as const] : [],
  )
  return { plan, sql, logical, fixed: required }
}

/** The plan of a text, if the template is one for it. */
export function instantiate(
  template: Template,
  text: string,
  { literals }: Dissected,
): StatementPlan | undefined {
  for (const [index, required] of template.fixed) {
    const literal = literals[index]
    if (!literal || text.slice(literal.start, literal.end) !== required) return undefined
  }
  const values = literals.map(({ start, end }) => text.slice(start, end))
  const { plan, sql, logical } = template
  return { ...plan, sql: apply(sql, values), logical: apply(logical, values) }
}

/** The parser says where a literal begins, which for a string is its quote. */
const placeOf = ({ start, kind }: Literal) => (kind === 'string' ? start - 1 : start)

const markOf = ({ kind }: Literal, index: number): string =>
  kind === 'string' ? `${WORD}${index}.` : kind === 'decimal' ? `${NUMBER + index}.5` : String(NUMBER + index)

function fill(text: string, literals: readonly Literal[], values: readonly (string | undefined)[]): string {
  let out = ''
  let at = 0
  for (const [index, { start, end }] of literals.entries()) {
    out += text.slice(at, start) + (values[index] ?? text.slice(start, end))
    at = end
  }
  return out + text.slice(at)
}

/** Undefined where a mark is missing, or there more than once. */
function patternOf(text: string, marks: readonly (string | undefined)[]): Pattern | undefined {
  const places: { at: number; index: number; length: number }[] = []
  for (const [index, mark] of marks.entries()) {
    if (mark === undefined) continue
    const at = text.indexOf(mark)
    if (at < 0 || text.indexOf(mark, at + 1) >= 0) return undefined
    places.push({ at, index, length: mark.length })
  }
  places.sort((a, b) => a.at - b.at)
  const pieces: string[] = []
  let from = 0
  for (const { at, length } of places) {
    pieces.push(text.slice(from, at))
    from = at + length
  }
  return { pieces: [...pieces, text.slice(from)], holes: places.map(({ index }) => index) }
}

function apply({ pieces, holes }: Pattern, values: readonly string[]): string {
  let out = pieces[0] ?? ''
  for (let at = 0; at < holes.length; at++) out += (values[holes[at] ?? 0] ?? '') + (pieces[at + 1] ?? '')
  return out
}
