import { parseEvent, type SessionEvent } from '../../core/event.ts'
import { cloudtrail } from './formats/cloudtrail.ts'
import { elastic } from './formats/elastic.ts'
import { hoop } from './formats/hoop.ts'
import { pgaudit } from './formats/pgaudit.ts'
import { type Line, LONGEST_LINE, lineBatches, linesOf } from './lines.ts'

/** What a line of a file holds: the event, or why it is none. Lines count from 1. */
export type SourceLine =
  | { event: SessionEvent }
  | { problem: string; file: string; line: number; text: string }

/** Turns the lines of one file into events; what is no record of its kind is passed over, what is broken is a problem. */
export type Format = (lines: AsyncIterable<Line>) => AsyncIterable<SourceLine>

/**
 * A line of NDJSON of session events (CONTRACT.md §1), or of ECS as Elastic's shippers write it; blank lines are passed
 * over.
 */
function read({ file, line, text }: Line): SourceLine | undefined {
  if (text === undefined) return { problem: `longer than ${LONGEST_LINE} bytes`, file, line, text: '' }
  if (text === '' || text.trim() === '') return undefined
  const parsed = parseEvent(text)
  if ('event' in parsed) return parsed
  const other = elastic(text, { file, line, text })
  return other === 'not-elastic' ? { ...parsed, file, line, text } : other
}

async function* ecs(lines: AsyncIterable<Line>): AsyncGenerator<SourceLine> {
  for await (const line of lines) {
    const found = read(line)
    if (found) yield found
  }
}

export const FORMATS = { ecs, cloudtrail, hoop, pgaudit } as const satisfies Record<string, Format>

export type FormatName = keyof typeof FORMATS

/**
 * Reads files of past events, plain or gzip, one after the other, in bounded memory.
 * @throws TW_IMPORT_UNREADABLE where a file cannot be opened or unpacked; what came before it has been given.
 */
export async function* readEvents(
  paths: readonly string[],
  format: FormatName = 'ecs',
): AsyncGenerator<SourceLine> {
  for (const file of paths) yield* FORMATS[format](linesOf(file))
}

/**
 * The same for NDJSON of session events, as many at once as were read at once: four times as fast.
 * @throws TW_IMPORT_UNREADABLE
 */
export async function* eventBatches(file: string): AsyncGenerator<SourceLine[]> {
  for await (const lines of lineBatches(file)) {
    const batch: SourceLine[] = []
    for (const line of lines) {
      const found = read(line)
      if (found) batch.push(found)
    }
    yield batch
  }
}
