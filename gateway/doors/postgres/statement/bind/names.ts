import type { Node } from '../parser/tree.ts'

/** The strings of a dotted name; undefined where something else stands among them. */
export function namesOf(nodes: readonly Node[] | undefined): string[] | undefined {
  const names: string[] = []
  for (const node of nodes ?? []) {
    if (!('String' in node)) return undefined
    names.push(node.String.sval ?? '')
  }
  return names
}

export const stringNode = (sval: string): Node => ({ String: { sval } })

/** The one key of a node, its name. */
export const tagOf = (node: Node): string => Object.keys(node)[0] ?? 'nothing'

/** The text constant a node is. */
export function textOf(node: Node | undefined): string | undefined {
  if (!node) return undefined
  if ('A_Const' in node) return node.A_Const.sval ? (node.A_Const.sval.sval ?? '') : undefined
  // A constant may say its type: 'a'::text.
  if ('TypeCast' in node) {
    const type = namesOf(node.TypeCast.typeName?.names)?.at(-1)
    return type === 'text' && !node.TypeCast.typeName?.arrayBounds ? textOf(node.TypeCast.arg) : undefined
  }
  return undefined
}

/** The integer constant a node is. */
export function integerOf(node: Node | undefined): number | undefined {
  if (!node || !('A_Const' in node)) return undefined
  const { ival } = node.A_Const
  return ival ? (ival.ival ?? 0) : undefined
}

/** Where the constant stands that a node is, for `Binding.fixed`; −1 for one that is none. */
export function placeOf(node: Node | undefined): number {
  if (!node) return -1
  if ('A_Const' in node) return node.A_Const.location ?? 0
  return 'TypeCast' in node ? placeOf(node.TypeCast.arg) : -1
}
