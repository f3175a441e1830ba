import { measure } from './postgres/measure.ts'
import type { BenchRow } from './row.ts'

/** 1,000 rows of six columns, three of them masked. */
export const run = (): Promise<BenchRow[]> =>
  measure({
    name: 'pg-rows',
    query: () =>
      'SELECT id, trace_id, start_time, customer, input, attributes FROM spans WHERE id <= 1000 ORDER BY id',
    connections: 4,
    seconds: 3,
    rounds: 3,
  })
