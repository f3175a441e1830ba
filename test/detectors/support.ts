import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { EventDraft, SessionEvent } from '../../core/event.ts'

/** Gives drafts ids, a chain and sequences, as a gateway's spool does. */
export function chained(drafts: Iterable<EventDraft>, chain = 'gw-a', from = 1): SessionEvent[] {
  return [...drafts].map((draft, i): SessionEvent => {
    const sequence = from + i
    return {
      ...draft,
      '@timestamp': String(draft['@timestamp']),
      event: {
        action: draft.event.action,
        outcome: draft.event.outcome,
        id: `${chain}.${sequence}`,
        sequence,
      },
      tracewarden: { ...wardenOf(draft), chain: { id: chain, prev: '', hash: `sha256:${sequence}` } },
    }
  })
}

const wardenOf = (draft: EventDraft): SessionEvent['tracewarden'] =>
  Object.assign({ session: { id: 's1' } }, draft.tracewarden)

/** Waits until `condition` holds; the test's own timeout says when it never does. */
export async function until<T>(
  condition: () => Promise<T | undefined | false> | T | undefined | false,
): Promise<T> {
  for (;;) {
    const value = await condition()
    if (value) return value
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** Writes NDJSON; @returns the file. */
export function writeEvents(directory: string, name: string, values: Iterable<unknown>): string {
  const file = join(directory, name)
  writeFileSync(
    file,
    [...values].map((value) => (typeof value === 'string' ? value : JSON.stringify(value))).join('\n'),
  )
  return file
}
