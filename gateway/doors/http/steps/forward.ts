import { fail } from '../errors.ts'
import type { Step } from '../pipeline.ts'

/**
 * Sends the canonical request with the gateway's own headers, and waits for the head of the answer. Nothing of the
 * client's connection goes on; the store is asked for plain JSON, whole and unconditional.
 */
export const forward: Step = async (door, x) => {
  const request = x.request!
  const kind = x.response!.kind
  const headers: Record<string, string> = { ...request.headers }
  if (kind === 'json') headers.accept = 'application/json'
  headers['accept-encoding'] = 'identity'
  Object.assign(headers, door.backendHeaders)
  const call = door.backend.send({
    method: request.method,
    target: x.target!.encoded,
    headers,
    body: request.body.length ? request.body : null,
  })
  x.call = call
  if (x.gone) call.cancel()
  const head = await call.head()
  // The client proved who it is to us; that the store does not know us is not the client's fault.
  if (head.status === 401) throw fail('TW_HTTP_BACKEND_AUTH')
  x.head = head
}
