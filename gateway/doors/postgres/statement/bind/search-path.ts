import type { StatementContext } from '../plan.ts'

/** Schemas in which an unqualified name is looked up: pg_catalog comes first unless the path puts it elsewhere. */
export function schemasOf({ searchPath, role }: StatementContext): string[] {
  const path = searchPath.map((schema) => (schema === '$user' ? role : schema))
  return path.includes('pg_catalog') ? path : ['pg_catalog', ...path]
}
