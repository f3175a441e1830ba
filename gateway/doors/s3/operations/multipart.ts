import { hash } from 'node:crypto'
import type { Door } from '../door-context.ts'
import { fail } from '../errors.ts'
import { releaseWhole } from '../release.ts'
import type { S3Request } from '../s3-request.ts'
import { uploadHeaders } from '../upload/headers.ts'
import { receive } from '../upload/receive.ts'
import { elementsOf, parseXml, textOf } from '../xml/parse.ts'
import { printXml, type XmlElement } from '../xml/print.ts'
import { store } from './put-object.ts'

const MAX_XML = 2 * 1024 * 1024
const CHECKSUMS = ['ChecksumCRC32', 'ChecksumCRC32C', 'ChecksumCRC64NVME', 'ChecksumSHA1', 'ChecksumSHA256']

export async function beginUpload(door: Door, x: S3Request): Promise<void> {
  const { bucket, key } = x.address
  const document = await door.backend.xml({
    method: 'POST',
    bucket,
    key,
    query: [['uploads', '']],
    headers: uploadHeaders(x.sent, {}),
  })
  if (!document) throw fail('TW_S3_NO_BUCKET')
  const id = textOf(elementsOf(document, 'InitiateMultipartUploadResult')[0]?.UploadId)
  if (id === '') throw fail('TW_S3_BACKEND_BROKEN')
  await answerXml(door, x, 'InitiateMultipartUploadResult', { Bucket: bucket, Key: key, UploadId: id })
}

export async function uploadPart(door: Door, x: S3Request): Promise<void> {
  const part = x.args.get('partNumber') ?? ''
  if (!/^[1-9]\d{0,4}$/.test(part))
    throw fail('TW_S3_ARGUMENT', { name: 'partNumber', problem: 'no part number' })
  await store(door, x, [
    ['partNumber', part],
    ['uploadId', uploadId(x)],
  ])
}

export async function completeUpload(door: Door, x: S3Request): Promise<void> {
  const { bucket, key } = x.address
  const sent = await xmlBody(door, x)
  const parts = elementsOf(elementsOf(sent, 'CompleteMultipartUpload')[0], 'Part').map((part) => ({
    PartNumber: textOf(part.PartNumber),
    ETag: textOf(part.ETag),
    ...Object.fromEntries(
      CHECKSUMS.flatMap((name) => (textOf(part[name]) === '' ? [] : [[name, textOf(part[name])]])),
    ),
  }))
  if (parts.length === 0) throw fail('TW_S3_XML', { problem: 'it names no part' })
  const body = Buffer.from(printXml('CompleteMultipartUpload', { Part: parts }))
  const document = await sendXml(door, x, [['uploadId', uploadId(x)]], body)
  if (!document) throw fail('TW_S3_NO_UPLOAD')
  // S3 may say 200 first and find out later that it cannot.
  const result = elementsOf(document, 'CompleteMultipartUploadResult')[0]
  if (!result) throw fail('TW_S3_BACKEND_ERROR', { code: 'an error after the head of its answer' })
  await answerXml(door, x, 'CompleteMultipartUploadResult', {
    Location: `/${bucket}/${key}`,
    Bucket: bucket,
    Key: key,
    ETag: textOf(result.ETag),
  })
}

export async function abortUpload(door: Door, x: S3Request): Promise<void> {
  const { bucket, key } = x.address
  const answer = await door.backend.send({
    method: 'DELETE',
    bucket,
    key,
    query: [['uploadId', uploadId(x)]],
  })
  answer.discard()
  if (answer.status === 404) throw fail('TW_S3_NO_UPLOAD')
  await releaseWhole(door, x, { status: 204 })
}

/** ListParts, for writers: what they have sent of an upload of theirs. */
export async function listParts(door: Door, x: S3Request): Promise<void> {
  const { bucket, key } = x.address
  const query: [string, string][] = [['uploadId', uploadId(x)]]
  for (const name of ['max-parts', 'part-number-marker'])
    if (/^\d{1,5}$/.test(x.args.get(name) ?? '')) query.push([name, x.args.get(name)!])
  const document = await door.backend.xml({ method: 'GET', bucket, key, query })
  if (!document) throw fail('TW_S3_NO_UPLOAD')
  const result = elementsOf(document, 'ListPartsResult')[0]
  if (!result) throw fail('TW_S3_BACKEND_BROKEN')
  await answerXml(door, x, 'ListPartsResult', {
    Bucket: bucket,
    Key: key,
    UploadId: uploadId(x),
    IsTruncated: textOf(result.IsTruncated) === 'true',
    NextPartNumberMarker: textOf(result.NextPartNumberMarker),
    Part: elementsOf(result, 'Part').map((part) => ({
      PartNumber: textOf(part.PartNumber),
      LastModified: textOf(part.LastModified),
      ETag: textOf(part.ETag),
      Size: textOf(part.Size),
    })),
  })
}

function uploadId(x: S3Request): string {
  const id = x.args.get('uploadId') ?? ''
  if (!/^[\x21-\x7e]{1,1024}$/.test(id)) throw fail('TW_S3_NO_UPLOAD')
  return id
}

/** The XML a client sent. @throws TW_S3_XML, and what `receive` throws */
export async function xmlBody(door: Door, x: S3Request): Promise<Record<string, unknown>> {
  const upload = await receive(door, x, MAX_XML)
  try {
    const chunks: Uint8Array[] = []
    const bytes = upload.bytes()
    if (bytes instanceof Uint8Array) chunks.push(bytes)
    else for await (const chunk of bytes) chunks.push(chunk)
    return parseXml(Buffer.concat(chunks).toString('utf8'), 'TW_S3_XML')
  } finally {
    await upload.drop()
  }
}

/** The same document, printed by us, to the backend. */
export function sendXml(
  door: Door,
  x: S3Request,
  query: readonly (readonly [string, string])[],
  body: Buffer,
): Promise<Record<string, unknown> | undefined> {
  const { bucket, key } = x.address
  return door.backend.xml({
    method: 'POST',
    bucket,
    ...(key === '' ? {} : { key }),
    query,
    headers: {
      'content-type': 'application/xml',
      'content-md5': hash('md5', body, 'base64'),
    },
    body: { bytes: body, size: body.length, sha256: hash('sha256', body, 'hex') },
  })
}

export const answerXml = (door: Door, x: S3Request, root: string, content: XmlElement): Promise<void> =>
  releaseWhole(door, x, { status: 200, body: Buffer.from(printXml(root, content)) })
