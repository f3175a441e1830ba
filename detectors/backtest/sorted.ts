import { once } from 'node:events'
import { createReadStream, createWriteStream, type WriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { eventBatches, type SourceLine } from '../../collector/port.ts'
import { merged } from './merged.ts'

/**
 * Events of a file that is not in the order of time (grouped by user, say), sorted in bounded memory: runs that fit
 * into memory are sorted and written aside, then merged. Events of one time stay in the order of the file.
 */
const RUN = 64 * 1024 ** 2
const RUNS = 64

/** How many events are looked at, and how many of them may come late before the file counts as unsorted. */
const LOOKED_AT = 30_000
const LATE = 0.05
/** So many clocks may be ahead without everything else looking late. */
const AHEAD = 16

/** Whether a file is in the order of time, but for some late events; told by its beginning. `lateness`: ms. */
export async function inOrder(file: string, lateness: number): Promise<boolean> {
  const newest: number[] = []
  let events = 0
  let late = 0
  for await (const lines of eventBatches(file)) {
    for (const line of lines) {
      if (!('event' in line)) continue
      const at = Date.parse(line.event['@timestamp'])
      events++
      if (newest.length === AHEAD && at < newest[0]! - lateness) late++
      if (newest.length === AHEAD && at <= newest[0]!) continue
      newest.push(at)
      newest.sort((a, b) => a - b)
      if (newest.length > AHEAD) newest.shift()
    }
    if (events >= LOOKED_AT) break
  }
  return late <= events * LATE
}

interface Kept {
  at: number
  text: string
}

/** A file as one that is in the order of time, to be read as often as is wanted. */
export interface Sorted {
  read(): AsyncGenerator<SourceLine[]>
  /** Removes what was written aside. */
  close(): Promise<void>
}

/** `run`: characters that are held at once. Lines that are no events come first. */
export async function sorted(file: string, run = RUN): Promise<Sorted> {
  const directory = await mkdtemp(join(tmpdir(), 'tracewarden-sort-'))
  const close = () => rm(directory, { recursive: true })
  try {
    const { problems, runs } = await runsOf(file, directory, run)
    return {
      async *read() {
        yield* readProblems(problems)
        yield* merged(runs)
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** Writes the file aside as runs, each in the order of time, and what is no event. */
async function runsOf(file: string, directory: string, run: number) {
  let runs: string[] = []
  let made = 0
  let held: Kept[] = []
  let size = 0
  const problems = join(directory, 'problems.ndjson')
  const odd = createWriteStream(problems)
  const write = async (batches: AsyncIterable<string[]> | Iterable<string[]>) => {
    const name = join(directory, `${made++}.ndjson`)
    const out = createWriteStream(name)
    for await (const lines of batches) await put(out, lines)
    out.end()
    await once(out, 'close')
    return name
  }
  const spill = async () => {
    held.sort((a, b) => a.at - b.at)
    runs.push(await write(slices(held)))
    held = []
    size = 0
    // Few enough to be open at once.
    if (runs.length < RUNS) return
    const one = await write(texts(merged(runs)))
    await Promise.all(runs.map((run) => rm(run)))
    runs = [one]
  }
  for await (const lines of eventBatches(file)) {
    const strange: string[] = []
    for (const line of lines) {
      if (!('event' in line)) {
        strange.push(JSON.stringify(line).replace(/[\u2028\u2029]/g, escaped))
        continue
      }
      const text = JSON.stringify(line.event)
      held.push({ at: Date.parse(line.event['@timestamp']), text })
      size += text.length
    }
    if (strange.length) await put(odd, strange)
    if (size >= run) await spill()
  }
  await spill()
  odd.end()
  await once(odd, 'close')
  return { problems, runs }
}

async function put(out: WriteStream, lines: readonly string[]): Promise<void> {
  if (!out.write(`${lines.join('\n')}\n`)) await once(out, 'drain')
}

async function* readProblems(file: string): AsyncGenerator<SourceLine[]> {
  for await (const text of createInterface({ input: createReadStream(file) })) yield [problem(text)]
}

/** They end lines, too, for whoever reads line by line. */
const escaped = (end: string) => `\\u${end.charCodeAt(0).toString(16)}`
const problem = (text: string): SourceLine => JSON.parse(text)

function* slices(kept: readonly Kept[]): Generator<string[]> {
  for (let i = 0; i < kept.length; i += 1000) yield kept.slice(i, i + 1000).map(({ text }) => text)
}

async function* texts(batches: AsyncIterable<SourceLine[]>): AsyncGenerator<string[]> {
  for await (const lines of batches)
    yield lines.flatMap((line) => ('event' in line ? [JSON.stringify(line.event)] : []))
}
