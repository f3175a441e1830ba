import { CodedError } from '../../../../core/errors.ts'
import { refuse, sqlstateOf } from './errors.ts'
import type {
  DescribedField,
  DescriptionCheck,
  PlanColumn,
  Source,
  StatementContext,
  StatementPlan,
  Treatment,
} from './plan.ts'
import { sourceOf } from './sensitivity/columns.ts'
import type { Relations } from './sensitivity/relations.ts'
import { cellKind } from './sensitivity/types.ts'

/** What an expression over plain columns answers is looked at like any text. */
const EXPRESSION: Source = sourceOf(['expression'], undefined)

/**
 * The second proof: the origin the server names for each result column must be the one the plan expects, and what the
 * plan calls plain must be an expression or a column known to be plain.
 */
export function checkDescription(
  plan: StatementPlan,
  fields: readonly DescribedField[],
  context: StatementContext,
  relations: Relations,
): DescriptionCheck {
  if (plan.refused) return { described: { treatments: fields.map(() => ({ how: 'pass', content: true })) } }
  const columns = plan.result?.columns ?? []
  try {
    if (columns.length !== fields.length)
      throw mismatch('of the result', `${fields.length} columns instead of ${columns.length}`)
    const treatments = fields.map((field, index) => treat(columns[index], field, context, relations))
    return { described: { treatments } }
  } catch (error) {
    const coded = error instanceof CodedError ? error : mismatch('of the result', 'it cannot be read')
    return {
      refusal: {
        error: coded,
        sqlstate: sqlstateOf(coded),
        action: plan.action,
        bypass: ['sql-description'],
        predicates: plan.predicates,
        relations: plan.relations,
        shape: plan.shape,
      },
    }
  }
}

const mismatch = (column: string, reason: string) =>
  refuse('TW_SQL_DESCRIPTION', { column, reason }, 'sql-description')

function treat(
  column: PlanColumn | undefined,
  field: DescribedField,
  context: StatementContext,
  relations: Relations,
): Treatment {
  if (!column) throw mismatch('of the result', 'it was not expected')
  const kind = cellKind(context.catalogue, field.type)
  if (column.sensitivity === 'plain') {
    provePlain(column, field, context, relations)
    if (kind === 'pass' || kind === 'whole') return { how: 'pass', content: false }
    return { how: kind, content: false, source: column.source ?? EXPRESSION }
  }
  const { origin, source } = column
  if (!origin || !source || origin.relation !== field.relation || origin.attribute !== field.attribute)
    throw mismatch(column.name, 'the server names another origin')
  if (column.sensitivity === 'hidden')
    return {
      how: 'whole',
      content: false,
      source,
      ...(column.field === undefined ? {} : { field: column.field }),
      ...(kind === 'whole' || column.field === undefined ? {} : { revealed: kind }),
    }
  if (kind === 'pass') return { how: 'pass', content: true, source }
  if (kind === 'whole') return { how: 'whole', content: false, source }
  return { how: kind, content: true, source }
}

/** An expression has no origin; a column must be one that is known to be plain, and no whole row. */
function provePlain(
  column: PlanColumn,
  field: DescribedField,
  { catalogue }: StatementContext,
  relations: Relations,
): void {
  if (field.relation === 0) return
  // tableoid
  if (field.attribute < 0) return
  const relation = catalogue.relationByOid(field.relation)
  if (!relation) throw mismatch(column.name, 'the server names a relation that is not known')
  const found = relations.of(relation).columns.find(({ number }) => number === field.attribute)
  if (found?.sensitivity !== 'plain') throw mismatch(column.name, 'the server names another origin')
}
