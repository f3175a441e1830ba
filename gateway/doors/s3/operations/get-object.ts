import type { Decision, ResponseFacts } from '../../../policy/facts.ts'
import { reserve } from '../../inquiry/decide.ts'
import { settle } from '../../inquiry/settle.ts'
import { responseFacts, type Shown } from '../../inquiry/shown.ts'
import type { Copy } from '../copies/copies.ts'
import type { Door } from '../door-context.ts'
import { fail } from '../errors.ts'
import { copyOf, headOf, type ObjectHead, shownOfCopy, viewOf } from '../object.ts'
import { type AnswerHeaders, releaseCopy, releaseWhole } from '../release.ts'
import type { S3Request } from '../s3-request.ts'
import { notModified } from './conditions.ts'
import { type Span, spanOf } from './range.ts'

/** A decision on the answer may reveal more or less than the first one did, and then it is masked again. */
const MAX_ROUNDS = 4
const SMALL = 64 * 1024

/** GetObject: the masked copy, or a piece of it. */
export async function getObject(door: Door, x: S3Request): Promise<void> {
  const { bucket, key } = x.address
  const head = await headOf(door, bucket, key, x.args.get('versionId'))
  const { copy, shown } = await judged(door, x, head)
  const headers = objectHeaders(door, x, head, copy)
  if (notModified(x.sent, copy.md5, head.modified)) return unchanged(door, x, headers)
  const { start, end, partial } = spanOf(copy.file.size, x.sent.range, x.args.get('partNumber'))
  await door.downloads.claim(door, x, copy.id, shown.ids)
  if (partial) headers['content-range'] = `bytes ${start}-${end - 1}/${copy.file.size}`
  else if (checksumAsked(x)) headers['x-amz-checksum-crc32'] = copy.crc32
  if (!partial && checksumAsked(x)) headers['x-amz-checksum-type'] = 'FULL_OBJECT'
  const type = partial && copy.type !== 'application/gzip' ? 'text/plain' : copy.type
  const status = partial ? 206 : 200
  if (end - start <= SMALL) {
    const body = await bytesOf(copy, { start, end, partial })
    return releaseWhole(door, x, { status, headers, body, type, shown })
  }
  await releaseCopy(
    door,
    x,
    { status, headers, type, shown, length: end - start },
    copy.file.read(start, end),
  )
}

/** HeadObject: what GetObject would say without saying it. No content is shown, so no trace counts. */
export async function headObject(door: Door, x: S3Request): Promise<void> {
  const { bucket, key } = x.address
  const head = await headOf(door, bucket, key, x.args.get('versionId'))
  const copy = await copyOf(door, head, viewOf(door, x, x.decision!, bucket, key))
  const headers = objectHeaders(door, x, head, copy)
  if (notModified(x.sent, copy.md5, head.modified)) return unchanged(door, x, headers)
  const { start, end, partial } = spanOf(copy.file.size, x.sent.range, x.args.get('partNumber'))
  headers['content-length'] = end - start
  if (partial) headers['content-range'] = `bytes ${start}-${end - 1}/${copy.file.size}`
  else if (checksumAsked(x)) {
    headers['x-amz-checksum-crc32'] = copy.crc32
    headers['x-amz-checksum-type'] = 'FULL_OBJECT'
  }
  await releaseWhole(door, x, { status: partial ? 206 : 200, headers, type: copy.type })
}

const unchanged = (door: Door, x: S3Request, headers: AnswerHeaders) =>
  releaseWhole(door, x, { status: 304, headers })

async function judged(door: Door, x: S3Request, head: ObjectHead): Promise<{ copy: Copy; shown: Shown }> {
  let view = viewOf(door, x, x.decision!, head.bucket, head.key)
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const copy = await copyOf(door, head, view)
    const shown = shownOfCopy(x, head, copy)
    x.grant ??= door.downloads.grant(x, copy.id)
    const decision: Decision | Promise<Decision> = settle(door, x, (withContent) =>
      factsOf(door, head, copy, shown, withContent),
    )
    x.decision = await decision
    const next = viewOf(door, x, x.decision, head.bucket, head.key)
    if (next.key === view.key) {
      reserve(door, x, factsOf(door, head, copy, shown, false))
      return { copy, shown }
    }
    view = next
  }
  throw fail('TW_S3_WITHHELD', { reason: 'policy does not settle on what may be shown' })
}

/** The backend's ETag stands for the content: a grant covers the object as it was when it was asked for. */
function factsOf(
  door: Door,
  head: ObjectHead,
  copy: Copy,
  shown: Shown,
  withContent: boolean,
): ResponseFacts {
  const { bucket, key, etag, size } = head
  return responseFacts(
    shown,
    copy.file.size,
    withContent ? `hmac:${door.seals.opaque(JSON.stringify([bucket, key, etag, size]))}` : undefined,
  )
}

async function bytesOf(copy: Copy, { start, end }: Span): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of copy.file.read(start, end)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

const checksumAsked = (x: S3Request) => x.sent['x-amz-checksum-mode']?.toUpperCase() === 'ENABLED'

/** Nothing of the backend's own head goes on but the type, the time, and metadata that config names. */
export function objectHeaders(door: Door, x: S3Request, head: ObjectHead, copy: Copy): AnswerHeaders {
  const { scrub } = x.snapshot
  const clean = (value: string | undefined): value is string =>
    value !== undefined && /^[\x20-\x7e]*$/.test(value) && scrub(value) === value
  const headers: AnswerHeaders = {
    etag: `"${copy.md5}"`,
    'last-modified': new Date(head.modified).toUTCString(),
    'accept-ranges': 'bytes',
    'content-type': clean(head.contentType) ? head.contentType : 'binary/octet-stream',
  }
  if (head.contentEncoding === 'gzip') headers['content-encoding'] = 'gzip'
  if (head.versionId !== undefined) headers['x-amz-version-id'] = head.versionId
  for (const name of door.connection.metadata) {
    const value = head.metadata[name]
    if (clean(value)) headers[`x-amz-meta-${name}`] = value
  }
  return headers
}
