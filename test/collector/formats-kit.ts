import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { type FormatName, readEvents, type SourceLine } from '../../collector/port.ts'
import type { SessionEvent } from '../../core/event.ts'

/** What comes of a log of this format. */
export async function read(t: Test, format: FormatName, content: string | Buffer): Promise<SourceLine[]> {
  const file = join(t.testdir(), 'log')
  writeFileSync(file, content)
  const lines: SourceLine[] = []
  for await (const line of readEvents([file], format)) lines.push(line)
  return lines
}
export const eventsOf = (lines: readonly SourceLine[]): SessionEvent[] =>
  lines.flatMap((line) => ('event' in line ? [line.event] : []))
export const problemsOf = (lines: readonly SourceLine[]) =>
  lines.flatMap((line) => ('problem' in line ? [line] : []))
