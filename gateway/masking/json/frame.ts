import type { PathNode } from '../paths/table.ts'

/** An open object or array. Frames are used again, so that reading allocates nothing. */
export class Frame {
  array = false
  node: PathNode
  /** Tells this object from others at the same path: what duplicate keys are known by. */
  instance = 0
  /** The last key read. */
  last: PathNode | undefined
  /** The value of its `key` member, where this is an element of an array; or the place that this names, if it is known. */
  kv: string | PathNode | undefined
  members = 0
  record = false
  /** Keys that the path table does not keep. */
  extra: Set<string> | undefined
  /** How often a masked key was written, so that two do not become one. */
  masked: Map<string, number> | undefined

  constructor(node: PathNode) {
    this.node = node
  }

  open(array: boolean, node: PathNode, instance: number): void {
    this.array = array
    this.node = node
    this.instance = instance
    this.last = undefined
    this.kv = undefined
    this.members = 0
    this.record = node.facts.record
    this.extra = undefined
    this.masked = undefined
  }
}
