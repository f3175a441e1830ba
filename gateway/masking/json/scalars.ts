import type { PathNode } from '../paths/table.ts'
import type { Context } from './context.ts'
import type { JsonScanner } from './scanner.ts'

/** Decides what becomes of numbers and literals: they stay exactly as they are, or become `null`. */
export class ScalarMasker {
  private readonly context: Context
  private readonly scanner: JsonScanner

  constructor(context: Context, scanner: JsonScanner) {
    this.context = context
    this.scanner = scanner
  }

  /** A number: exact where it stays. */
  number(start: number, end: number, node: PathNode): void {
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
  literal(start: number, end: number, node: PathNode, nothing: boolean): void {
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
    if (!this.scanner.hides || node.facts.structural) return false
    for (const field of node.facts.shown) this.context.observer.observed.masked.add(field.name)
    return true
  }

  /** A number that the end of the bytes cut. */
  partial(start: number, end: number, node: PathNode): void {
    if (node.facts.hidden || (this.scanner.hides && !node.facts.structural))
      this.scanner.edits.add(start, end, 'null')
  }
}
