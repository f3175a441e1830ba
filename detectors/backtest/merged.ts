import { eventBatches, type SourceLine } from '../../collector/port.ts'

/** Files that are in the order of time as one that is; of one time, in the order of the files. */
export async function* merged(
  files: readonly string[],
  read: (file: string) => AsyncGenerator<SourceLine[]> = eventBatches,
): AsyncGenerator<SourceLine[]> {
  if (files[0] !== undefined && files.length === 1) return yield* read(files[0])
  const heads: Head[] = []
  let batch: SourceLine[] = []
  for (const [order, file] of files.entries()) {
    const head = { batches: read(file), lines: [], next: 0, at: -Infinity, order }
    if (await advance(head, batch)) push(heads, head)
  }
  for (let first = pop(heads); first; first = pop(heads)) {
    batch.push(first.lines[first.next++]!)
    if (ready(first, batch) || (await advance(first, batch))) push(heads, first)
    if (batch.length < BATCH) continue
    yield batch
    batch = []
  }
  if (batch.length) yield batch
}

const BATCH = 500

interface Head {
  batches: AsyncGenerator<SourceLine[]>
  lines: readonly SourceLine[]
  /** Of `lines`: an event, at `at`. */
  next: number
  at: number
  order: number
}

/** Goes on to the next event of what was read; gives the problems met on the way. */
function ready(head: Head, problems: SourceLine[]): boolean {
  for (; head.next < head.lines.length; head.next++) {
    const line = head.lines[head.next]!
    if ('event' in line) {
      head.at = Date.parse(line.event['@timestamp'])
      return true
    }
    problems.push(line)
  }
  return false
}

/** Reads on until there is an event. */
async function advance(head: Head, problems: SourceLine[]): Promise<boolean> {
  for (;;) {
    const { done, value } = await head.batches.next()
    if (done) return false
    head.lines = value
    head.next = 0
    if (ready(head, problems)) return true
  }
}

const before = (a: Head, b: Head) => a.at < b.at || (a.at === b.at && a.order < b.order)

/** A binary heap, earliest first. */
function push(heads: Head[], head: Head): void {
  let i = heads.push(head) - 1
  for (let parent = (i - 1) >> 1; i > 0 && before(head, heads[parent]!); parent = (i - 1) >> 1) {
    heads[i] = heads[parent]!
    i = parent
  }
  heads[i] = head
}

function pop(heads: Head[]): Head | undefined {
  const first = heads[0]
  const last = heads.pop()
  if (!first || !last || heads.length === 0) return first
  let i = 0
  for (;;) {
    let child = 2 * i + 1
    if (child >= heads.length) break
    if (child + 1 < heads.length && before(heads[child + 1]!, heads[child]!)) child++
    if (!before(heads[child]!, last)) break
    heads[i] = heads[child]!
    i = child
  }
  heads[i] = last
  return first
}
