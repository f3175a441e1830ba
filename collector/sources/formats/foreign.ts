import { parseEvent, type SessionEvent } from '../../../core/event.ts'
import type { SourceLine } from '../events.ts'

/** What is held of a line that could not be used. */
const SHOWN = 4096

/** An event made of another system's record, checked like any other. */
export function foreign(
  event: Record<string, unknown>,
  place: { file: string; line: number; text?: string | undefined },
): SourceLine {
  const parsed = parseEvent(JSON.stringify(event))
  return 'event' in parsed ? parsed : broken(parsed.problem, place)
}

export const broken = (
  problem: string,
  { file, line, text = '' }: { file: string; line: number; text?: string | undefined },
): SourceLine => ({ problem, file, line, text: text.slice(0, SHOWN) })

export type Action = Extract<
  SessionEvent['event']['action'],
  'trace-read' | 'trace-search' | 'trace-export' | 'trace-write'
>

/** `event` of a foreign record. */
export const what = (id: string, action: Action, failure?: string) => ({
  id,
  kind: 'event',
  category: ['database'],
  type: [failure === undefined ? (action === 'trace-write' ? 'change' : 'access') : 'denied'],
  action,
  outcome: failure === undefined ? 'success' : 'failure',
  ...(failure === undefined ? {} : { reason: failure }),
})
