import { readEvents, type SourceLine } from '../../collector/port.ts'

/**
 * Several files as one stream, together by time, so that files of two gateways or of many days come as they happened.
 * Each file is read forward once; one line of each is held.
 */
export async function* together(files: readonly string[]): AsyncGenerator<SourceLine> {
  if (files.length === 1) return yield* readEvents(files)
  const heads: Head[] = []
  for (const [order, file] of files.entries())
    yield* advance(heads, { lines: readEvents([file]), at: -Infinity, order })
  for (let first = pop(heads); first; first = pop(heads)) {
    if (first.line) yield first.line
    yield* advance(heads, first)
  }
}

interface Head {
  lines: AsyncGenerator<SourceLine>
  line?: SourceLine
  at: number
  order: number
}

/** Reads a file's next event and puts it back among the heads; gives the problems met on the way. */
async function* advance(heads: Head[], head: Head): AsyncGenerator<SourceLine> {
  for (;;) {
    const next = await head.lines.next()
    if (next.done) return
    if ('event' in next.value) {
      push(heads, { ...head, line: next.value, at: Date.parse(next.value.event['@timestamp']) })
      return
    }
    yield next.value
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
