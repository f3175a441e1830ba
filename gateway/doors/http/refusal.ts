import { CodedError, problem } from '../../../core/errors.ts'
import { commitRefusal, unrecorded } from '../inquiry/commit.ts'
import { draftOf } from '../inquiry/event.ts'
import { techniquesOf } from './canonical/techniques.ts'
import type { Door } from './door-context.ts'
import { fail } from './errors.ts'
import type { Exchange } from './exchange.ts'

/**
 * The end of a request that was not served: undo, record, answer. One function says no, and from it come the log
 * line, the event and the client's error.
 */
export async function refuseRequest(door: Door, x: Exchange, thrown: unknown): Promise<void> {
  const error = codedOf(door, x, thrown)
  x.call?.cancel()
  if (x.releasing) return cut(x)
  x.undo?.()
  x.undo = undefined
  const answered = await record(door, x, error)
  if (x.gone || x.res.destroyed) return
  if (wantsSignIn(x, answered)) return redirectToSignIn(x)
  answer(x, answered, extraOf(door, x, answered))
}

function codedOf(door: Door, x: Exchange, thrown: unknown): CodedError {
  if (thrown instanceof CodedError) {
    // Errors name what they refuse, and that may be a secret; events, logs and people are told this text.
    thrown.message = x.snapshot.scrub(thrown.message)
    if (thrown.status >= 500 && !x.gone)
      door.log.warn({ err: thrown, cause: thrown.cause, request: x.id }, 'a request failed')
    return thrown
  }
  door.log.error({ err: thrown, request: x.id }, 'a request failed unexpectedly')
  return fail('TW_HTTP_INTERNAL', {}, thrown)
}

/** The error the client gets: the same, or that the refusal itself could not be recorded. */
async function record(door: Door, x: Exchange, error: CodedError): Promise<CodedError> {
  const bypass = techniquesOf(error.details)
  const outcome = 'failure'
  door.metrics.requests.inc({
    connection: door.connection.name,
    verdict: x.decision?.verdict ?? 'none',
    outcome,
  })
  if (!x.identity) {
    door.metrics.unauthenticated.inc({ connection: door.connection.name })
    door.unauthenticated.note({ reason: error.code, source: x.req.socket.remoteAddress ?? '', bypass })
    return error
  }
  try {
    const verdict = x.decision?.verdict === 'approval' ? 'approval' : 'block'
    const reason = `${error.code}: ${error.message}`
    await commitRefusal(door, x, draftOf(door, x, { outcome, reason, bypass, verdict }))
    return error
  } catch (cause) {
    door.log.error({ err: cause, request: x.id }, 'a refusal could not be recorded')
    return unrecorded(cause)
  }
}

/** Reset, not end: a client must not take half an answer for the whole. */
function cut(x: Exchange): void {
  const { socket } = x.res
  if (socket && 'resetAndDestroy' in socket) socket.resetAndDestroy()
  else x.res.destroy()
}

function extraOf(door: Door, x: Exchange, error: CodedError): Record<string, unknown> {
  const approval = x.approval
  return {
    request: x.id,
    // What the stores' own clients look for in an error.
    error_code: error.code,
    message: `${error.message} ${error.hint}`,
    ...(x.decision?.rules.length ? { rules: x.decision.rules } : {}),
    ...(approval
      ? {
          approval: {
            id: approval.id,
            status: approval.status,
            asked: approval.groups,
            expires: approval.expires,
          },
          status_url: `/.tracewarden/approvals/${approval.id}`,
          retry: 'Send the same request again once it is approved.',
        }
      : {}),
    connection: door.connection.name,
  }
}

/** Answers a problem document (RFC 9457), in JSON for every client. */
export function answer(x: Exchange, error: CodedError, extra: Record<string, unknown>): void {
  const body = Buffer.from(JSON.stringify(problem(error, extra)))
  const { res } = x
  const headers: Record<string, string | number> = {
    'content-type': 'application/problem+json',
    'content-length': body.length,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-tracewarden-request': x.id,
  }
  if (error.status === 401) headers['www-authenticate'] = 'Bearer realm="tracewarden"'
  if (error.status === 405) headers.allow = 'GET, HEAD, POST, PUT, PATCH, DELETE'
  // A body nobody reads would otherwise be taken for the next request's time.
  if (!x.req.complete) headers.connection = 'close'
  res.writeHead(error.status, headers)
  res.end(x.req.method === 'HEAD' ? undefined : body)
}

const wantsSignIn = (x: Exchange, error: CodedError): boolean =>
  error.status === 401 &&
  x.req.method === 'GET' &&
  x.headers?.sent.authorization === undefined &&
  (x.headers?.sent.accept ?? '').includes('text/html')

function redirectToSignIn(x: Exchange): void {
  const next = x.target?.encoded ?? '/'
  x.res.writeHead(303, {
    location: `/.tracewarden/login?next=${encodeURIComponent(next)}`,
    'cache-control': 'no-store',
    'content-length': 0,
  })
  x.res.end()
}
