import type { Frame } from '../../../recording/recording.ts'
import type { BackendHead } from '../backend.ts'
import type { Exchange } from '../exchange.ts'
import { contentTypeOf } from './content-type.ts'

/** How an answer begins in the recording: the request with its literals, and the head of the answer. */
export function openingFrames(x: Exchange, head: BackendHead): Frame[] {
  const at = x.at
  return [
    {
      at,
      request: x.id,
      kind: 'request',
      meta: { method: x.req.method ?? '', path: x.target?.encoded ?? '' },
      data: x.request?.body.length ? x.request.body : undefined,
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
