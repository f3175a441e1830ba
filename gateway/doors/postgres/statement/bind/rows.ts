/** Which references to relations stand for the same trace: joined by their trace ids (union–find). */
export class Rows {
  private readonly leaders: number[] = []
  private count = 0

  next(): number {
    this.leaders.push(this.count)
    return this.count++
  }

  leader(row: number): number {
    let at = row
    while (this.leaders[at] !== at) at = this.leaders[at] ?? at
    return at
  }

  same(a: number, b: number): void {
    this.leaders[this.leader(a)] = this.leader(b)
  }
}
