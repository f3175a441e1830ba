import { measure } from './http/measure.ts'
import type { BenchRow } from './row.ts'

/** The http door with all controls on 4 KB of MLflow's JSON, against a bare @fastify/reply-from on the same backend. */
export const run = (): Promise<BenchRow[]> =>
  measure({ name: 'http-4k', bytes: 4096, connections: 32, seconds: 5, rounds: 3 })
