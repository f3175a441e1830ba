import { eventBatches, type SourceLine } from '../../collector/port.ts'
import { merged } from './merged.ts'
import { inOrder, sortedBatches } from './sorted.ts'

/** Users one after another within minutes are no late events. */
const DISORDER = 2000

/**
 * Several files as one stream, together by time, so that files of two gateways or of many days come as they happened.
 * What was read of each at once is held. One that is not in the order of time is sorted first: the findings are those
 * of the sorted file. `lateness`: ms that an event may come late.
 */
export async function* together(files: readonly string[], lateness: number): AsyncGenerator<SourceLine[]> {
  const unsorted = new Set<string>()
  for (const file of files) if (!(await inOrder(file, Math.min(lateness, DISORDER)))) unsorted.add(file)
  yield* merged(files, (file) => (unsorted.has(file) ? sortedBatches(file) : eventBatches(file)))
}
