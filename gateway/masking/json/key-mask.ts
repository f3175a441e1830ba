import type { PathNode } from '../paths/table.ts'
import { Matches } from '../scan/matches.ts'
import { escaped, replacement } from '../transform.ts'
import type { Context } from './context.ts'
import type { Edits } from './edits.ts'
import type { Frame } from './frame.ts'

/** Keys are masked like values, once for each place; nodes remember. */
export class KeyMasker {
  private readonly context: Context
  private readonly edits: Edits
  private readonly matches = new Matches()

  constructor(context: Context, edits: Edits) {
    this.context = context
    this.edits = edits
  }

  /** Looks at a key once; nodes remember. */
  lookAt(node: PathNode): void {
    const { context, matches } = this
    node.seen = true
    matches.clear()
    context.text.scan(node.key, 0, node.key.length, matches)
    if (matches.count === 0) return
    matches.settle()
    let text = ''
    let copied = 0
    const names = new Set<string>()
    for (let m = 0; m < matches.count; m++) {
      const rule = matches.rules[m]!
      if (context.reveal.has(rule.name)) continue
      const value = node.key.toString('utf8', matches.starts[m]!, matches.ends[m]!)
      const transform = rule.transform === 'null' ? 'redact' : rule.transform
      text +=
        node.key.toString('utf8', copied, matches.starts[m]!) +
        replacement(transform, rule.name, value, context.pseudonym)
      copied = matches.ends[m]!
      names.add(rule.name)
    }
    if (names.size === 0) return
    node.masked = text + node.key.toString('utf8', copied, node.key.length)
    node.maskedBy = [...names]
  }

  /** Notes the edit of a key that has something to hide; two never become one. */
  write(start: number, quote: number, node: PathNode, frame: Frame): void {
    const { context, edits } = this
    frame.masked ??= new Map()
    const text = node.masked!
    const before = frame.masked.get(text) ?? 0
    frame.masked.set(text, before + 1)
    for (const name of node.maskedBy) context.observer.observed.masked.add(name)
    edits.add(start, quote, escaped(before === 0 ? text : `${text} ${before + 1}`))
  }
}
