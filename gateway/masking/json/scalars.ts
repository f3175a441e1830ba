import type { PathNode } from '../paths/table.ts'
import type { Context } from './context.ts'
import { literalLength, numberEnd } from './literals.ts'
import type { JsonScanner } from './scanner.ts'

/** Decides what becomes of numbers and literals: they stay exactly as they are, or become `null`. */
export class ScalarMasker {
  private readonly context: Context
  private readonly scanner: JsonScanner

  constructor(context: Context, scanner: JsonScanner) {
    this.context = context
    this.scanner = scanner
  }

  /** The value at `pos` that is no string, object or list. @returns false to wait, or with a problem. */
  read(c: number, final: boolean): boolean {
    const { scanner } = this
    const { buf, node, pos: start } = scanner
    if (c === 0x2d || (c >= 0x30 && c <= 0x39)) {
      const end = numberEnd(buf, start, scanner.end, final)
      if (end === -2) return scanner.refuse('not a number')
      if (end < 0) {
        if (final && scanner.suppress < 0) this.partial(start, scanner.end, node)
        return false
      }
      if (scanner.suppress < 0) this.number(start, end, node)
      scanner.pos = end
    } else {
      const length = literalLength(buf, start, scanner.end)
      if (length === -2) return scanner.refuse('expected a value')
      if (length < 0) return false
      if (scanner.suppress < 0) this.literal(start, start + length, node, c === 0x6e)
      scanner.pos = start + length
    }
    scanner.ended()
    return true
  }

  /** A number: exact where it stays. */
  private number(start: number, end: number, node: PathNode): void {
    const { context, scanner } = this
    const { facts } = node
    const { observer } = context
    if (facts.traceId) observer.traceId(scanner.buf.toString('latin1', start, end))
    if (facts.time) observer.time(scanner.buf.toString('latin1', start, end))
    if (facts.hidden) {
      observer.observed.masked.add(facts.hidden.name)
      scanner.edits.add(start, end, 'null')
      return
    }
    if (this.hidesHere(node)) {
      scanner.edits.add(start, end, 'null')
      return
    }
    for (const field of facts.shown) observer.shown(field.name, field.highRisk)
    if (facts.structural) return
    const { card } = context
    if (
      card?.check &&
      end - start >= 13 &&
      end - start <= 19 &&
      card.check(scanner.buf.toString('latin1', start, end))
    ) {
      if (context.reveal.has(card.name)) observer.shown(card.name, card.highRisk)
      else {
        observer.observed.masked.add(card.name)
        scanner.edits.add(start, end, 'null')
        return
      }
    }
    observer.content()
  }

  /** `true`, `false` and `null`. */
  private literal(start: number, end: number, node: PathNode, nothing: boolean): void {
    const { context, scanner } = this
    const { facts } = node
    if (facts.hidden) {
      context.observer.observed.masked.add(facts.hidden.name)
      if (!nothing) scanner.edits.add(start, end, 'null')
      return
    }
    if (nothing) return
    if (this.hidesHere(node)) scanner.edits.add(start, end, 'null')
    else for (const field of facts.shown) context.observer.shown(field.name, field.highRisk)
  }

  /** A listing, or the rest of a record that is withheld. */
  private hidesHere(node: PathNode): boolean {
    if (!this.scanner.withheld.here || node.facts.structural) return false
    for (const field of node.facts.shown) this.context.observer.observed.masked.add(field.name)
    return true
  }

  /** A number that the end of the bytes cut. */
  private partial(start: number, end: number, node: PathNode): void {
    if (node.facts.hidden || (this.scanner.withheld.here && !node.facts.structural))
      this.scanner.edits.add(start, end, 'null')
  }
}
