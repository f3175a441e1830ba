import { refuse } from '../errors.ts'
import type { Node } from '../parser/tree.ts'
import type { StatementPlan } from '../plan.ts'
import type { Tools } from './tools.ts'

type Facts = Pick<StatementPlan, 'relations' | 'predicates' | 'shapeOf' | 'bypass' | 'collection'>

/** What binding gathered, for policy and events. */
export function factsOf({ binding }: Tools): Facts {
  const [collection] = binding.declared.values()
  const predicates = [...binding.predicates.values()]
  return {
    relations: [...binding.declared.keys(), ...binding.system],
    predicates,
    shapeOf: {
      traceId: [],
      time: [],
      record: [],
      structural: [...new Set(predicates.map(({ field }) => field))],
    },
    bypass: [],
    ...(collection === undefined ? {} : { collection }),
  }
}

/** The text of a checked tree. @throws TW_SQL_PRINT */
export function print({ parser }: Tools, tree: Node): string {
  const sql = parser.print(tree)
  if (sql === undefined) throw refuse('TW_SQL_PRINT', {}, 'sql-unknown-syntax')
  return sql
}
