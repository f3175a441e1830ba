import { type FileHandle, open } from 'node:fs/promises'
import type { SessionEvent } from '../../core/event.ts'
import { intactLine, listSegments, segmentFile } from './segments.ts'

/**
 * The intact events that stand in a spool's directory, shipped or not, in order; whoever writes or ships it is not
 * disturbed. What is shipped and removed meanwhile is passed over.
 */
export async function* spooledEvents(directory: string): AsyncGenerator<SessionEvent> {
  for (const segment of listSegments(directory).keys()) {
    let file: FileHandle
    try {
      file = await open(segmentFile(directory, segment))
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') continue
      throw error
    }
    try {
      for await (const line of file.readLines({ autoClose: false })) {
        const event = intactLine(line)
        if (event) yield event
      }
    } finally {
      await file.close()
    }
  }
}
