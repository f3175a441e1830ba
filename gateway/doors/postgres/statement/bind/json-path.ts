import { segmentsOf } from '../../../../masking/paths/canonical.ts'
import type { Node } from '../parser/tree.ts'
import { structuralPath } from '../sensitivity/columns.ts'
import type { Binding, Use } from './binding.ts'
import type { Column } from './column.ts'
import { columnOf, type Place } from './expression.ts'
import { integerOf, namesOf, placeOf, textOf } from './names.ts'

/** A look-up inside a JSON column by constant keys. */
export interface JsonPath {
  readonly column: Column
  /** Canonical path of what is looked up. */
  readonly path: string
  /** Declared to be no content. */
  readonly structural: boolean
  readonly use: Use
  readonly at: number | undefined
}

const CALLS = new Set([
  'json_extract_path',
  'json_extract_path_text',
  'jsonb_extract_path',
  'jsonb_extract_path_text',
])

/** `attributes -> 'a' ->> 'b'`, `#>> '{a,b}'`, `['a']['b']`, over a JSON column that is content. */
export function jsonPath(binding: Binding, node: Node, place: Place, use: Use): JsonPath | undefined {
  const keys: string[] = []
  const places: number[] = []
  let at: Node | undefined = node
  let operator = '->'
  for (let depth = 0; at && !('ColumnRef' in at); depth++) {
    const step = stepOf(at)
    if (!step || depth > 32) return undefined
    if (depth === 0) operator = step.operator
    keys.unshift(...step.keys)
    places.push(...step.constants.map(placeOf))
    at = step.from
  }
  if (!at || keys.length === 0) return undefined
  const column = columnOf(at, place)
  if (!column.json || column.sensitivity !== 'content' || !column.source) return undefined
  for (const place of places) binding.fixed.add(place)
  const segments = keys.flatMap(segmentsOf)
  return {
    column,
    path: [...column.source.path, ...segments].join('.'),
    structural: structuralPath(column.source, segments, binding.context.policy),
    use: use.as === 'value' ? { ...use, operator } : use,
    at: at.ColumnRef.location,
  }
}

interface Step {
  readonly from: Node
  readonly keys: string[]
  /** The constants that the keys are. */
  readonly constants: readonly (Node | undefined)[]
  readonly operator: string
}

function stepOf(node: Node): Step | undefined {
  if ('A_Expr' in node) {
    const { kind, name, lexpr, rexpr } = node.A_Expr
    const operator = namesOf(name)?.join('.') ?? ''
    if (kind !== 'AEXPR_OP' || !lexpr) return undefined
    const text = textOf(rexpr)
    const index = integerOf(rexpr)
    if (operator === '->' || operator === '->>') {
      const key = text ?? (index === undefined ? undefined : String(index))
      return key === undefined ? undefined : { from: lexpr, keys: [key], constants: [rexpr], operator }
    }
    if ((operator === '#>' || operator === '#>>') && text !== undefined) {
      const keys = arrayOf(text)
      return keys && { from: lexpr, keys, constants: [rexpr], operator }
    }
    return undefined
  }
  if ('A_Indirection' in node) {
    const constants = (node.A_Indirection.indirection ?? []).map((step) =>
      'A_Indices' in step && !step.A_Indices.is_slice ? step.A_Indices.uidx : undefined,
    )
    const keys = constants.map((key) => textOf(key) ?? integerOf(key)?.toString())
    const known = keys.flatMap((key) => key ?? [])
    const from = node.A_Indirection.arg
    return from && known.length === keys.length ? { from, keys: known, constants, operator: '[]' } : undefined
  }
  if ('FuncCall' in node) {
    const { funcname, args = [], func_variadic } = node.FuncCall
    const name = namesOf(funcname)?.at(-1) ?? ''
    const [from, ...rest] = args
    const keys = rest.map(textOf)
    const known = keys.flatMap((key) => key ?? [])
    if (!CALLS.has(name) || func_variadic || !from || known.length !== keys.length) return undefined
    return { from, keys: known, constants: rest, operator: name }
  }
  return undefined
}

/** Elements of `{a,b}`; undefined for one with quotes, escapes or nested arrays. */
function arrayOf(text: string): string[] | undefined {
  const inner = /^\{([^{}"\\]*)\}$/.exec(text.trim())?.[1]
  return inner === undefined || inner === '' ? undefined : inner.split(',').map((key) => key.trim())
}
