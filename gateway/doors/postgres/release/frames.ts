import type { Frame } from '../../../recording/recording.ts'
import type { Statement } from '../session/statement.ts'

/** How an answer begins in the recording: the statement with its literals, and what its rows are printed as. */
export function newFrames(x: Statement): Frame[] {
  if (x.recorded) return []
  x.recorded = true
  const { at, id: request } = x
  return [
    {
      at,
      request,
      kind: 'request',
      meta: { method: 'SQL', path: x.text },
      ...(x.params === undefined ? {} : { data: x.params }),
    },
    { at, request, kind: 'response', meta: { status: 200, type: 'text/csv' } },
  ]
}

export const bodyFrame = (x: Statement, data: Uint8Array): Frame => ({
  at: x.client.door.clock.now(),
  request: x.id,
  kind: 'body',
  data,
})

export function endFrame(x: Statement): Frame {
  // Should a portal be fetched from again, that is told anew.
  x.recorded = false
  return { at: x.client.door.clock.now(), request: x.id, kind: 'end' }
}
