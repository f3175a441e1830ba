import type { Catalogue, Relation } from '../../catalogue/catalogue.ts'
import type { PostgresPolicy, TableEntry } from './policy.ts'

/** All relations whose rows can come through each other: root first, then everything that inherits from it. */
export function familyOf(relation: Relation, catalogue: Catalogue): Relation[] {
  let root = relation
  for (let depth = 0; depth < 32; depth++) {
    const parent = catalogue.relationByOid(root.parents[0] ?? 0)
    if (!parent) break
    root = parent
  }
  const family = new Set<Relation>([root])
  for (const member of family)
    for (const oid of [...member.children, ...member.parents]) {
      const other = catalogue.relationByOid(oid)
      if (other) family.add(other)
    }
  family.add(relation)
  return [...family]
}

/** What config says of a relation: by its own name, else by that of what it inherits from, else by a wildcard. */
export function declarationOf(
  relation: Relation,
  policy: PostgresPolicy,
  catalogue: Catalogue,
): TableEntry | undefined {
  const find = (of: Relation, exact: boolean) =>
    policy.tables.find((entry) => entry.exact === exact && entry.covers(of.schema, of.name))
  const line = [relation, ...ancestorsOf(relation, catalogue)]
  for (const exact of [true, false])
    for (const one of line) {
      const entry = find(one, exact)
      if (entry) return entry
    }
  return undefined
}

function ancestorsOf(relation: Relation, catalogue: Catalogue): Relation[] {
  const found = new Set<Relation>()
  const add = (of: Relation) => {
    for (const oid of of.parents) {
      const parent = catalogue.relationByOid(oid)
      if (!parent || found.has(parent)) continue
      found.add(parent)
      add(parent)
    }
  }
  add(relation)
  return [...found]
}
