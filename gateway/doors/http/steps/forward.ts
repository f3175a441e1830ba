import type { Call } from '../backend.ts'
import { encodedTarget } from '../canonical/target.ts'
import { own, planted } from '../decoys/answer.ts'
import type { Door } from '../door-context.ts'
import { fail } from '../errors.ts'
import type { Exchange } from '../exchange.ts'
import type { Step } from '../pipeline.ts'
import type { CanonicalRequest } from '../profile.ts'

/**
 * Sends the canonical request with the gateway's own headers, and waits for the head of the answer. Nothing of the
 * client's connection goes on; the store is asked for plain JSON, whole and unconditional.
 */
export const forward: Step = async (door, x) => {
  const call = await answering(door, x)
  x.call = call
  if (x.gone) call.cancel()
  const head = await call.head()
  // The client proved who it is to us; that the store does not know us is not the client's fault.
  if (head.status === 401) throw fail('TW_HTTP_BACKEND_AUTH')
  x.head = head
}

/** Decoys are answered here, and the store is asked for the rest. */
async function answering(door: Door, x: Exchange): Promise<Call> {
  const { planting } = x
  if (!planting) return send(door, x, x.request!, x.target!.encoded)
  if (planting.kind === 'own') return own(planting)
  const { request, target } =
    planting.kind === 'listed'
      ? { request: x.request!, target: x.target!.encoded }
      : { request: planting.request, target: encodedTarget(x.target!, planting.request.query) }
  x.call = send(door, x, request, target)
  if (x.gone) x.call.cancel()
  return planted(x.call, planting)
}

function send(door: Door, x: Exchange, request: CanonicalRequest, target: string): Call {
  const headers: Record<string, string> = { ...request.headers }
  if (x.response!.kind === 'json') headers.accept = 'application/json'
  headers['accept-encoding'] = 'identity'
  Object.assign(headers, door.backendHeaders)
  return door.backend.send({
    method: request.method,
    target,
    headers,
    body: request.body.length ? request.body : null,
  })
}
