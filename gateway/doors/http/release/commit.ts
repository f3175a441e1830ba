import type { EventDraft } from '../../../../core/event.ts'
import type { Frame } from '../../../recording/recording.ts'
import type { BackendHead } from '../backend.ts'
import type { Door } from '../door-context.ts'
import type { Exchange } from '../exchange.ts'
import { unrecorded } from '../refusal.ts'
import { contentTypeOf } from './content-type.ts'

/** Resolves when event and recording are on disk: what they tell may then be released. @throws TW_HTTP_UNRECORDED */
export async function commit(
  door: Door,
  x: Exchange,
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

/** How an answer begins in the recording: the request with its literals, and the head of the answer. */
export function openingFrames(x: Exchange, head: BackendHead): Frame[] {
  const at = x.at
  return [
    {
      at,
      request: x.id,
      kind: 'request',
      meta: { method: x.req.method ?? '', path: x.target?.encoded ?? '' },
      ...(x.request?.body.length ? { data: x.request.body } : {}),
    },
    {
      at,
      request: x.id,
      kind: 'response',
      meta: { status: head.status, type: contentTypeOf(head).type },
    },
  ]
}

export const bodyFrame = (x: Exchange, at: number, data: Uint8Array): Frame => ({
  at,
  request: x.id,
  kind: 'body',
  data,
})

export const endFrame = (x: Exchange, at: number): Frame => ({ at, request: x.id, kind: 'end' })
