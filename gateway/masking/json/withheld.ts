import type { Context } from './context.ts'
import type { JsonScanner } from './scanner.ts'

/** What one scanner hides because something in it cannot be judged, or since it reads a listing. */
export class Withheld {
  private readonly context: Context
  private readonly scanner: JsonScanner
  private readonly parent: JsonScanner | undefined
  /** The depth of the record whose content is hidden from here on. */
  private below = -1
  private all = false

  constructor(context: Context, scanner: JsonScanner, parent: JsonScanner | undefined) {
    this.context = context
    this.scanner = scanner
    this.parent = parent
  }

  /** Begins a document; `all`: nothing of it is shown. */
  begin(all: boolean): void {
    this.below = -1
    this.all = all
  }

  get here(): boolean {
    return this.all || this.below >= 0 || this.context.hideContent
  }

  /** The object or list of this depth ends. */
  leave(depth: number): void {
    if (this.below === depth) this.below = -1
  }

  /** Something here cannot be judged: the rest of its record is hidden, and the record is listed. */
  add(reason: string): void {
    const { frames, depth, node } = this.scanner
    const { observer } = this.context
    let at = depth
    while (at >= 0 && !frames[at]!.record) at--
    if (at >= 0) {
      this.below = this.below < 0 ? at : Math.min(at, this.below)
      observer.withheld(frames[at]!.node.segments.join('.'), reason)
    } else if (this.parent) {
      this.all = true
      this.parent.withheld.add(reason)
    } else observer.withheld(node.segments.join('.'), reason)
  }
}
