import type { Parser } from '../parser/parser.ts'

/** Names of the columns that an expression of the catalogue reads; undefined where it cannot be told. */
export function referencedColumns(parser: Parser, expression: string): Set<string> | undefined {
  const names = new Set<string>()
  let whole = false
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    if (Array.isArray(value)) {
      for (const item of value) visit(item)
      return
    }
    for (const [key, child] of Object.entries(value)) {
      if (key === 'ColumnRef') {
        const last = lastField(child)
        if (last === undefined) whole = true
        else names.add(last)
      }
      visit(child)
    }
  }
  try {
    const [statement] = parser.parse(`SELECT ${expression}`)
    visit(statement)
  } catch {
    return undefined
  }
  return whole ? undefined : names
}

function lastField(reference: unknown): string | undefined {
  if (typeof reference !== 'object' || reference === null || !('fields' in reference)) return undefined
  const last = Array.isArray(reference.fields) ? reference.fields.at(-1) : undefined
  return last?.String?.sval
}
