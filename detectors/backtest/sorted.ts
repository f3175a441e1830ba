import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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

/** `run`: characters that are held at once. */
export async function* sortedBatches(file: string, run = RUN): AsyncGenerator<SourceLine[]> {
  const directory = await mkdtemp(join(tmpdir(), 'tracewarden-sort-'))
  let runs: string[] = []
  let made = 0
  let held: Kept[] = []
  let size = 0
  const write = async (batches: AsyncIterable<string[]> | Iterable<string[]>) => {
    const name = join(directory, `${made++}.ndjson`)
    const out = createWriteStream(name)
    for await (const lines of batches) if (!out.write(`${lines.join('\n')}\n`)) await once(out, 'drain')
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
  try {
    for await (const lines of eventBatches(file)) {
      const problems: SourceLine[] = []
      for (const line of lines) {
        if (!('event' in line)) {
          problems.push(line)
          continue
        }
        const text = JSON.stringify(line.event)
        held.push({ at: Date.parse(line.event['@timestamp']), text })
        size += text.length
      }
      if (problems.length) yield problems
      if (size >= run) await spill()
    }
    await spill()
    yield* merged(runs)
  } finally {
    await rm(directory, { recursive: true })
  }
}

function* slices(kept: readonly Kept[]): Generator<string[]> {
  for (let i = 0; i < kept.length; i += 1000) yield kept.slice(i, i + 1000).map(({ text }) => text)
}

async function* texts(batches: AsyncIterable<SourceLine[]>): AsyncGenerator<string[]> {
  for await (const lines of batches)
    yield lines.flatMap((line) => ('event' in line ? [JSON.stringify(line.event)] : []))
}
