/** One line of the table that `npm run bench` prints. */
export interface BenchRow {
  name: string
  value: number
  unit: string
  /** What it was measured against in the same run, and value ÷ its value. */
  versus?: string
  ratio?: number
}
