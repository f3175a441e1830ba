import { compileCel } from '../../core/cel/cel.ts'
import type { Facts } from '../engine/facts.ts'
import type { Subject } from '../engine/subject.ts'

/** What an `allow` condition may look at. Missing is empty, a missing count 0. */
export const ALLOW_VARIABLES = {
  event: {
    action: 'string',
    collection: 'string',
    connection: 'string',
    client: 'string',
    shape: 'string',
    session: 'string',
    traces: 'int',
    failed: 'bool',
    fields: 'list<string>',
    bypass: 'list<string>',
  },
  user: { id: 'string', team: 'string', kind: 'string', roles: 'list<string>' },
} as const

const EXAMPLE = 'event.collection == "benchmarks"'

/** What is wrong with a condition, if anything. */
export function allowProblem(expression: string): string | undefined {
  const compiled = compileCel(expression, ALLOW_VARIABLES, EXAMPLE)
  return 'problem' in compiled ? compiled.problem : undefined
}

export type Allows = (facts: Facts, subject: Subject) => boolean

/** One that fails at run time allows nothing: an allow-list must not hide by accident. */
export function compileAllow(expressions: readonly string[]): Allows | undefined {
  const conditions = expressions.flatMap((expression) => {
    const compiled = compileCel(expression, ALLOW_VARIABLES, EXAMPLE)
    return 'problem' in compiled ? [] : [compiled]
  })
  if (conditions.length === 0) return undefined
  return (facts, subject) => {
    const values = variablesOf(facts, subject)
    return conditions.some((condition) => {
      try {
        return condition.holds(values)
      } catch {
        return false
      }
    })
  }
}

function variablesOf(facts: Facts, subject: Subject) {
  const [kind = '', team = ''] = subject.group.split(':')
  return {
    event: {
      action: facts.action,
      collection: facts.collection ?? '',
      connection: facts.connection ?? '',
      client: facts.client ?? '',
      shape: facts.shape ?? '',
      session: facts.session,
      traces: BigInt(Math.trunc(facts.traces ?? 0)),
      failed: facts.failed,
      fields: facts.fields,
      bypass: facts.bypass,
    },
    user: { id: subject.id, team, kind, roles: subject.roles },
    now: new Date(facts.at),
  }
}
