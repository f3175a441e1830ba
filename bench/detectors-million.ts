import { tookBy } from './detectors/took.ts'
import type { BenchRow } from './row.ts'

/** A million users, against a hundred thousand: some ten minutes, and so only where `detectors` is asked for. */
export async function run(): Promise<BenchRow[]> {
  if (!process.argv.some((arg) => arg.startsWith('detectors'))) return []
  const [some, all] = [await tookBy(100_000), await tookBy(1_000_000)]
  return [
    {
      ...{ name: 'detectors-million', value: all.each, unit: 'µs/event' },
      ...{ versus: '100,000 users', ratio: all.each / some.each },
    },
    { name: 'detectors-million-memory', value: all.peak / 1024 ** 2, unit: 'MiB' },
  ]
}
