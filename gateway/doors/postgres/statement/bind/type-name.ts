import type { PgType } from '../../catalogue/catalogue.ts'
import { refuse } from '../errors.ts'
import type { Node, TypeName } from '../parser/tree.ts'
import type { Binding } from './binding.ts'
import { namesOf, stringNode } from './names.ts'
import { schemasOf } from './search-path.ts'

/** Qualifies a type's name. Rows, pseudo-types and types nobody knows are refused. @throws TW_SQL_TYPE */
export function bindType(
  binding: Binding,
  typeName: TypeName | undefined,
  visit: (node: Node) => void,
): void {
  const names = namesOf(typeName?.names)
  if (!typeName || !names || names.length === 0 || names.length > 2)
    throw refuse('TW_SQL_TYPE', { type: names?.join('.') ?? 'this' }, 'sql-expression', typeName?.location)
  const type = find(binding, names)
  if (!type || type.kind === 'c' || type.kind === 'p')
    throw refuse('TW_SQL_TYPE', { type: names.join('.') }, 'sql-expression', typeName.location)
  typeName.names = [stringNode(type.schema), stringNode(type.name)]
  for (const modifier of typeName.typmods ?? []) visit(modifier)
}

function find({ context }: Binding, names: readonly string[]): PgType | undefined {
  const [schema, name = ''] = names.length === 2 ? names : [undefined, names[0]]
  const schemas = schema === undefined ? schemasOf(context) : [schema]
  for (const one of schemas) {
    const found = context.catalogue.typeByName(one, name)
    if (found) return found
  }
  return undefined
}
