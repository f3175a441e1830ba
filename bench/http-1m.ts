import { measure } from './http/measure.ts'
import type { BenchRow } from './row.ts'

/** The same on bodies just under 1 MiB, the largest that are held whole. */
export const run = (): Promise<BenchRow[]> =>
  measure({ name: 'http-1m', bytes: 1_000_000, connections: 4, seconds: 5, rounds: 3 })
