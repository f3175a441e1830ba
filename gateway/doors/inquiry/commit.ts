import type { CodedError } from '../../../core/errors.ts'
import type { EventDraft } from '../../../core/event.ts'
import type { Frame } from '../../recording/recording.ts'
import type { Desk } from '../door.ts'
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
  const events = door.spool.append(drafts)
  try {
    if (recording) await Promise.all([events, recording.append(frames)])
    else await events
  } catch (error) {
    // The other of the two may still be under way and fail too.
    events.catch(() => undefined)
    throw unrecorded(error)
  }
}

/** What cannot be recorded is not shown, whatever the reason was. */
export const unrecorded = (cause: unknown): CodedError => fail('TW_DOOR_UNRECORDED', {}, cause)
