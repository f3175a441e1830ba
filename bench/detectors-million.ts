import { tookBy } from './detectors/took.ts'
import type { BenchRow } from './row.ts'

/** Ten thousand users, a hundred thousand, a million: longer than all other rows, so only where it is asked for. */
export async function run(): Promise<BenchRow[]> {
  if (!process.argv.some((arg) => arg.startsWith('detectors'))) return []
  const few = await tookBy(10_000)
  const some = await tookBy(100_000)
  const all = await tookBy(1_000_000)
  return [
    {
      ...{ name: 'detectors-100k', value: some.each, unit: 'µs/event' },
      ...{ versus: '10,000 users', ratio: some.each / few.each },
    },
    { name: 'detectors-100k-memory', value: some.peak / 1024 ** 2, unit: 'MiB' },
    {
      ...{ name: 'detectors-million', value: all.each, unit: 'µs/event' },
      ...{ versus: '100,000 users', ratio: all.each / some.each },
    },
    { name: 'detectors-million-memory', value: all.peak / 1024 ** 2, unit: 'MiB' },
  ]
}
