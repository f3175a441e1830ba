import { CodedError } from '../../../../../core/errors.ts'
import type { Catalogue, Relation } from '../../catalogue/catalogue.ts'
import { refuse } from '../errors.ts'
import { familyOf } from './declared.ts'
import type { Relations } from './relations.ts'

/**
 * Writing a guess into a unique column tells by the error whether it is there, into one that refers to another whether
 * it is there: so where either may hold secrets, the column is not written. `written`: names of columns, all by default.
 * @throws TW_SQL_WRITE_KEY
 */
export function refuseKeys(
  relation: Relation,
  written: ReadonlySet<string> | undefined,
  relations: Relations,
  catalogue: Catalogue,
): void {
  const { columns, name } = relations.of(relation)
  // Rows of a table may be kept in its partitions, each with indexes of its own.
  for (const member of familyOf(relation, catalogue)) {
    const attribute = (number: number) => member.attributes.find((one) => one.number === number)
    // What an expression or a generated column is made of may be any column.
    const any = member.unique.some((number) => number === 0 || attribute(number)?.generated !== undefined)
    const unique = new Set(member.unique.map((number) => attribute(number)?.name))
    for (const column of columns) {
      if (written && !written.has(column.name)) continue
      const told = column.sensitivity !== 'plain' && (any || unique.has(column.name))
      const refers = member.references.some(
        ([from, oid, to]) => attribute(from)?.name === column.name && isSecret(oid, to, relations, catalogue),
      )
      if (told || refers) throw refuse('TW_SQL_WRITE_KEY', { column: `${name}.${column.name}` }, 'sql-write')
    }
  }
}

/** What is not declared is not for anybody to know. */
function isSecret(oid: number, number: number, relations: Relations, catalogue: Catalogue): boolean {
  const relation = catalogue.relationByOid(oid)
  if (!relation) return true
  try {
    const column = relations.of(relation).columns.find((one) => one.number === number)
    return column?.sensitivity !== 'plain'
  } catch (error) {
    if (error instanceof CodedError) return true
    throw error
  }
}
