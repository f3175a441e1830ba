import { dissect } from '../cache/literals.ts'
import type { Parser } from '../parser/parser.ts'
import type { Node } from '../parser/tree.ts'

/** A query's text with `?` for each literal; `text` is what `tree` prints as. */
export function shapeOf(parser: Parser, tree: Node, text: string): string {
  const skeleton = dissect(text)?.skeleton
  if (skeleton !== undefined) return skeleton.replace(/'\u0003'|[\u0001\u0002]/g, '?')
  // Escapes and letters beyond ASCII stand in literals; without these, in names at most.
  const bare = without(tree)
  return (bare && parser.print(bare)) ?? 'a query whose literals cannot be told'
}

/** A copy of the tree in which every constant is the same. */
function without(tree: Node): Node | undefined {
  const copy = structuredClone(tree)
  return blank(copy) ? copy : undefined
}

function blank(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true
  if ('A_Const' in value) {
    value.A_Const = { sval: { sval: '?' } }
    return true
  }
  return Object.values(value).every(blank)
}
