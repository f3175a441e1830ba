import type { PathNode } from '../paths/table.ts'
import { nested } from '../transform.ts'
import type { Context } from './context.ts'
import { Walker } from './decode.ts'
import { MAX_LEVELS } from './limits.ts'
import type { Problem } from './problem.ts'
import { JsonScanner } from './scanner.ts'

/** JSON documents in the strings of one scanner, read by a scanner of their own. */
export class NestedDocuments {
  private readonly context: Context
  private readonly scanner: JsonScanner
  private readonly level: number
  private inner: JsonScanner | undefined

  /** `level`: how many strings the scanner itself lies in. */
  constructor(context: Context, scanner: JsonScanner, level: number) {
    this.context = context
    this.scanner = scanner
    this.level = level
  }

  get scratch(): number {
    return this.inner?.scratch ?? 0
  }

  forget(): void {
    this.inner?.forget()
  }

  /** @returns why the text is not one; its edits are then forgotten. */
  read(
    text: Buffer,
    from: number,
    to: number,
    node: PathNode,
    start: number,
  ): Pick<Problem, 'code'> | undefined {
    const { context, scanner } = this
    if (this.level >= MAX_LEVELS) return { code: 'TW_MASK_TOO_DEEP' }
    this.inner ??= new JsonScanner(context, { level: this.level + 1, parent: scanner })
    const { inner } = this
    const records = context.observer.depth
    const structural = node.facts.structural
    inner.start(text, from, to, node, !structural && scanner.withheld.here)
    let status = inner.run(true)
    if (status === 'bad' && inner.problem!.code === 'TW_MASK_NOT_JSON' && ellipsis(text, inner.pos, to))
      status = 'cut'
    context.observer.unwind(records)
    if (status === 'bad') return inner.problem!
    const { edits } = inner
    if (edits.count === 0) return undefined
    const plain = text === scanner.buf
    const walker = plain ? undefined : new Walker(scanner.survey, start)
    for (let e = 0; e < edits.count; e++) {
      const rawStart = walker ? walker.at(edits.starts[e]!) : edits.starts[e]!
      const rawEnd = walker ? walker.at(edits.ends[e]!) : edits.ends[e]!
      scanner.edits.add(rawStart, rawEnd, nested(edits.texts[e]!))
    }
    return undefined
  }
}

/** What is said of a text that is JSON but cannot be judged. */
export const REASONS: Partial<Record<Problem['code'], string>> = {
  TW_MASK_DUPLICATE_KEY: 'duplicate keys',
  TW_MASK_TOO_DEEP: 'nested too deep',
  TW_MASK_TOO_MANY_KEYS: 'too many keys',
  TW_MASK_LONG_KEY: 'key too long',
}

/** A preview often ends in `...` or `…` where its JSON was cut. */
const ellipsis = (text: Buffer, at: number, end: number) =>
  end - at <= 32 && /^(?:\.{2,3}|\u2026)/.test(text.toString('utf8', at, end))
