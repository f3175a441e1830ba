import type { CodedError } from '../../../core/errors.ts'
import type { EventDraft } from '../../../core/event.ts'
import type { Frame } from '../../recording/recording.ts'
import type { Desk } from '../door.ts'
import { canaryAsked, canaryDraft } from './canary.ts'
import { fail } from './errors.ts'
import type { Inquiry } from './inquiry.ts'

/** Resolves when event and recording are on disk: what they tell may then be released. @throws TW_DOOR_UNRECORDED */
export async function commit(
  door: Desk,
  x: Inquiry,
  drafts: readonly EventDraft[],
  frames: readonly Frame[],
): Promise<void> {
  const recording = frames.length ? x.session?.recording : undefined
  const events = append(door, x, drafts)
  try {
    if (recording) await Promise.all([events, recording.append(frames)])
    else await events
  } catch (error) {
    // The other of the two may still be under way and fail too.
    events.catch(() => undefined)
    throw unrecorded(error)
  }
}

/** The record of an inquiry that got nothing. */
export const commitRefusal = (door: Desk, x: Inquiry, draft: EventDraft): Promise<unknown> =>
  append(door, x, [draft])

/** A touched canary is an event of its own, beside what the reading itself is. */
function append(door: Desk, x: Inquiry, drafts: readonly EventDraft[]) {
  const last = drafts.at(-1)
  if (x.canaryTold || !last) return door.spool.append(drafts)
  x.canary ??= canaryAsked(door, x)
  if (x.canary === undefined) return door.spool.append(drafts)
  x.canaryTold = true
  return door.spool.append([...drafts, canaryDraft(last, x.canary)])
}

/** What cannot be recorded is not shown, whatever the reason was. */
export const unrecorded = (cause: unknown): CodedError => fail('TW_DOOR_UNRECORDED', {}, cause)
