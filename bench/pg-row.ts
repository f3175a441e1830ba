import { measure } from './postgres/measure.ts'
import type { BenchRow } from './row.ts'

/** A row by primary key in the simple protocol, through the door with all controls on and direct. */
export const run = (): Promise<BenchRow[]> =>
  measure({
    name: 'pg-row',
    query: (turn) => `SELECT id, trace_id, start_time, customer FROM spans WHERE id = ${(turn % 5000) + 1}`,
    connections: 4,
    seconds: 3,
    rounds: 3,
  })
