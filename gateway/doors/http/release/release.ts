import { CodedError } from '../../../../core/errors.ts'
import type { ResponseShape } from '../../../masking/masker.ts'
import type { BodyType } from '../bodies/body-masker.ts'
import type { Door } from '../door-context.ts'
import { fail, httpErrors } from '../errors.ts'
import type { Exchange } from '../exchange.ts'
import type { Step } from '../pipeline.ts'
import { releaseAsset } from './asset.ts'
import { bodyKind, contentTypeOf } from './content-type.ts'
import { type Collected, collect, decodedSource } from './decode.ts'
import { releaseEmpty } from './empty.ts'
import { releaseStream } from './stream.ts'
import { releaseWhole } from './whole.ts'

/** Up to here an answer is held whole, so that a late refusal is a clean error. */
export const WHOLE = 1024 * 1024
const MAX_ERROR = 64 * 1024

/**
 * Where error messages stand. Their text is masked by what it looks like; whatever else an error carries is content that
 * nobody counted, and hidden as in a listing.
 */
const MESSAGE = ['message', 'msg', 'code', 'type', 'status', 'title', 'detail', 'reason', 'hint']
const ERROR_SHAPE: ResponseShape = {
  traceId: [],
  time: [],
  record: [],
  structural: [
    ...[...MESSAGE, 'error', 'error_code', 'errors.*', 'detail.*.loc.*', 'errors.*.path.*'],
    ...['error', 'detail', 'detail.*', 'errors.*'].flatMap((at) => MESSAGE.map((name) => `${at}.${name}`)),
  ],
}

/** Chooses how an answer is released: nothing to mask, whole, or in segments. */
export const release: Step = async (door, x) => {
  const head = x.head!
  const route = x.response!
  const empty =
    x.request!.method === 'HEAD' || head.status === 204 || (head.status >= 300 && head.status < 400)
  if (empty) {
    x.call!.cancel()
    return releaseEmpty(door, x)
  }
  const source = decodedSource(x.call!, head)
  if (head.status >= 400) return releaseError(door, x, await collect(source, MAX_ERROR))
  if (route.kind === 'asset') return releaseAsset(door, x, source)
  const type: BodyType = { kind: bodyKind(route.kind, head), header: contentTypeOf(head).header }
  // Events of a stream come when they come; they cannot wait for the whole.
  const live = !route.ends && (type.kind === 'sse' || type.kind === 'multipart')
  // A short answer is often there with its head.
  const whole = source === x.call ? x.call.taken(WHOLE) : undefined
  if (whole) return releaseWhole(door, x, type, whole)
  const first = await collect(source, WHOLE, live)
  if (first.ended) return releaseWhole(door, x, type, first.body)
  return releaseStream(door, x, type, { source, first, live })
}

/** Error texts quote what they choke on: JSON of a refused request is masked, everything else withheld. */
async function releaseError(door: Door, x: Exchange, first: Collected): Promise<void> {
  const { status } = x.head!
  const { type, header } = contentTypeOf(x.head!)
  const json = /^application\/(?:[\w.-]+\+)?json$/.test(type)
  if (status >= 500 || !json || !first.ended) {
    x.call!.cancel()
    if (status >= 500) throw fail('TW_HTTP_BACKEND_ERROR', { status })
    const row = { ...httpErrors.TW_HTTP_BACKEND_ERROR, status }
    throw new CodedError('TW_HTTP_BACKEND_ERROR', row, { status })
  }
  x.response = { kind: 'json', listing: false, shape: ERROR_SHAPE }
  return releaseWhole(door, x, { kind: 'json', header }, first.body)
}
