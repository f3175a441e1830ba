import type { BackendAnswer } from '../backend.ts'
import type { Door } from '../door-context.ts'
import { fail } from '../errors.ts'
import { type AnswerHeaders, releaseWhole } from '../release.ts'
import type { S3Request } from '../s3-request.ts'
import { uploadHeaders } from '../upload/headers.ts'
import { receive } from '../upload/receive.ts'

/** PutObject: the body is taken whole, checked, and only then sent on. */
export async function putObject(door: Door, x: S3Request): Promise<void> {
  await store(door, x, [])
}

/** PUT with a body, of an object or a part of one. */
export async function store(
  door: Door,
  x: S3Request,
  query: readonly (readonly [string, string])[],
): Promise<void> {
  // Its ETag is that of the masked object; the backend would compare it with its own.
  if (x.sent['if-match'] !== undefined)
    throw fail('TW_S3_ARGUMENT', {
      name: 'If-Match',
      problem: 'not offered for uploads',
      s3: 'NotImplemented',
    })
  const upload = await receive(door, x, door.connection.max_upload)
  try {
    const answer = await door.backend.send({
      method: 'PUT',
      bucket: x.address.bucket,
      key: x.address.key,
      query,
      headers: uploadHeaders(x.sent, upload.trailers),
      body: { bytes: upload.bytes(), size: upload.size, sha256: upload.sha256 },
    })
    answer.discard()
    if (answer.status === 404) throw fail(query.length ? 'TW_S3_NO_UPLOAD' : 'TW_S3_NO_BUCKET')
    await releaseWhole(door, x, { status: 200, headers: storedHeaders(answer) })
  } finally {
    await upload.drop()
  }
}

/** The digests are of what the client itself sent. */
const storedHeaders = ({ headers }: BackendAnswer): AnswerHeaders =>
  Object.fromEntries(
    Object.entries(headers).filter(
      ([name]) => name === 'etag' || /^x-amz-(?:checksum-[a-z0-9]+|version-id)$/.test(name),
    ),
  )
