import { CodedError } from '../../../core/errors.ts'
import { commitRefusal, unrecorded } from '../inquiry/commit.ts'
import { draftOf } from '../inquiry/event.ts'
import type { Door } from './door-context.ts'
import { fail } from './errors.ts'
import { commonHeaders } from './release.ts'
import { s3CodeOf } from './s3-codes.ts'
import type { S3Request } from './s3-request.ts'
import { techniquesOf } from './techniques.ts'
import { printXml } from './xml/print.ts'

/**
 * The end of a request that was not served: undo, record, answer. One function says no, and from it come the log
 * line, the event and the client's error.
 */
export async function refuseRequest(door: Door, x: S3Request, thrown: unknown): Promise<void> {
  const error = codedFor(door, x, thrown)
  if (x.releasing) return cut(x)
  x.undo?.()
  x.undo = undefined
  const answered = await record(door, x, error)
  if (!x.gone && !x.res.destroyed) answer(x, answered)
}

function codedFor(door: Door, x: S3Request, thrown: unknown): CodedError {
  if (thrown instanceof CodedError) {
    if (thrown.status >= 500 && !x.gone)
      door.log.warn({ err: thrown, cause: thrown.cause, request: x.id }, 'a request failed')
    return thrown
  }
  door.log.error({ err: thrown, request: x.id }, 'a request failed unexpectedly')
  return fail('TW_S3_INTERNAL', {}, thrown)
}

/** The error the client gets: the same, or that the refusal itself could not be recorded. */
async function record(door: Door, x: S3Request, error: CodedError): Promise<CodedError> {
  const bypass = techniquesOf(error.details)
  const connection = door.connection.name
  const outcome = 'failure'
  const operation = x.operation?.name ?? 'none'
  door.metrics.requests.inc({ connection, operation, verdict: x.decision?.verdict ?? 'none', outcome })
  if (!x.identity) {
    door.metrics.unauthenticated.inc({ connection })
    door.unauthenticated.note({ reason: error.code, source: x.req.socket.remoteAddress ?? '', bypass })
    return error
  }
  try {
    const missing =
      error.code === 'TW_S3_NO_KEY' || error.code === 'TW_S3_BUCKET_EXISTS' || error.code === 'TW_S3_RANGE'
    const verdict = missing ? undefined : x.decision?.verdict === 'approval' ? 'approval' : 'block'
    const reason = `${error.code}: ${error.message}`
    await commitRefusal(
      door,
      x,
      draftOf(door, x, { outcome, reason, bypass, ...(verdict ? { verdict } : {}) }),
    )
    return error
  } catch (cause) {
    door.log.error({ err: cause, request: x.id }, 'a refusal could not be recorded')
    return unrecorded(cause)
  }
}

/** Reset, not end: a client must not take half an answer for the whole. */
function cut(x: S3Request): void {
  const { socket } = x.res
  if (socket && 'resetAndDestroy' in socket) socket.resetAndDestroy()
  else x.res.destroy()
}

/** S3's error document. Clients print Message, so it says what to do; the rest is for programs. */
function answer(x: S3Request, error: CodedError): void {
  const { approval } = x
  const { code, status } = s3CodeOf(error)
  const pending = approval?.status === 'pending'
  const wait = pending ? ` Approval ${approval.id} was asked of ${approval.groups.join(', ')}.` : ''
  const body = Buffer.from(
    printXml(
      'Error',
      {
        Code: code,
        Message: `${error.message}${wait} ${error.hint} [${error.code}]`,
        ...(x.address.bucket === '' ? {} : { BucketName: x.address.bucket }),
        ...(x.address.key === '' ? {} : { Key: x.address.key }),
        ...(error.code === 'TW_S3_REGION' ? { Region: String(error.details.region) } : {}),
        ...(approval ? { ApprovalId: approval.id, ApprovalStatus: approval.status } : {}),
        RequestId: x.id,
        HostId: x.id,
      },
      false,
    ),
  )
  const headers = { ...commonHeaders(x), 'content-type': 'application/xml', 'content-length': body.length }
  // A body nobody reads would otherwise be taken for the next request.
  const rest = x.req.complete ? {} : { connection: 'close' }
  x.res.writeHead(status, { ...headers, ...rest })
  x.res.end(x.req.method === 'HEAD' ? undefined : body)
}
