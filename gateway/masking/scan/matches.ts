import type { ScanRule } from './ruleset.ts'

/** Found pieces of one text, as offsets into its bytes. */
export class Matches {
  count = 0
  readonly starts: number[] = []
  readonly ends: number[] = []
  readonly rules: ScanRule[] = []

  clear(): void {
    this.count = 0
  }

  add(start: number, end: number, rule: ScanRule): void {
    this.starts[this.count] = start
    this.ends[this.count] = end
    this.rules[this.count] = rule
    this.count++
  }

  private settled(): boolean {
    for (let m = 1; m < this.count; m++) if (this.starts[m]! < this.ends[m - 1]!) return false
    return true
  }

  /** In order, overlapping ones as one: a credential names the union, or else the longest. */
  settle(): void {
    if (this.settled()) return
    const order = Array.from({ length: this.count }, (_, i) => i)
    order.sort((x, y) => this.starts[x]! - this.starts[y]! || this.ends[y]! - this.ends[x]!)
    const all = order.map((i) => ({ start: this.starts[i]!, end: this.ends[i]!, rule: this.rules[i]! }))
    this.count = 0
    let whole = all[0]!
    let best = whole
    for (const next of all.slice(1)) {
      if (next.start >= whole.end) {
        this.add(whole.start, whole.end, best.rule)
        whole = next
        best = next
        continue
      }
      whole = { ...whole, end: Math.max(whole.end, next.end) }
      if (rank(next) > rank(best) || (rank(next) === rank(best) && next.rule.order < best.rule.order))
        best = next
    }
    this.add(whole.start, whole.end, best.rule)
  }
}

const rank = (match: { start: number; end: number; rule: ScanRule }) =>
  match.end - match.start + (match.rule.credential ? 1e9 : 0)
