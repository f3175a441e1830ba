import { eventBatches, type SourceLine } from '../../collector/port.ts'
import { merged } from './merged.ts'
import { inOrder, type Sorted, sorted } from './sorted.ts'

/** Users one after another within minutes are no late events. */
const DISORDER = 2000

/** Events to be read as often as is wanted, each time the same. */
export interface Source {
  read(): AsyncIterable<readonly SourceLine[]>
  close(): Promise<void>
}

/**
 * Several files as one stream, together by time, so that files of two gateways or of many days come as they happened.
 * What was read of each at once is held. One that is not in the order of time is sorted first: the findings are those
 * of the sorted file. `lateness`: ms that an event may come late.
 */
export async function together(files: readonly string[], lateness: number): Promise<Source> {
  const aside = new Map<string, Sorted>()
  const close = async () => {
    for (const { close } of aside.values()) await close()
  }
  try {
    for (const file of new Set(files))
      if (!(await inOrder(file, Math.min(lateness, DISORDER)))) aside.set(file, await sorted(file))
  } catch (error) {
    await close()
    throw error
  }
  return { read: () => merged(files, (file) => aside.get(file)?.read() ?? eventBatches(file)), close }
}
