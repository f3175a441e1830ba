import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  type S3Client,
  S3ServiceException,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { Bucket } from './s3.ts'

/** What an engineer does all day with a bucket of traces: it must pass, and what is told of it must fit. */
export interface S3Honest {
  name: string
  /** Rejects where it was refused; false where what came was not what it should be. */
  tried: (client: S3Client) => Promise<unknown>
}

const line = (n: number) => `{"trace_id":"t${n}","step":${n},"text":"step ${n} of the run went well"}\n`
const lines = (n: number) => Array.from({ length: n }, (_, i) => line(i)).join('')

/** What lies there before. */
export const S3_OBJECTS: Readonly<Record<string, string | Buffer>> = {
  'own/run-1.jsonl': lines(3),
  'own/run-2.jsonl': lines(40),
  'own/run-3.jsonl.gz': gzipSync(lines(20)),
  'own/table.csv': 'trace_id,step,text\nt1,1,fine\nt2,2,"also, fine"\n',
  'own/one.json': '{"trace_id":"t1","time":1700000000389411335,"text":"whole numbers stay whole"}',
  'own/deep/er/run.jsonl': lines(2),
  'own/empty.jsonl': '',
  'own/ünïcode name.json': '{"trace_id":"u"}',
}

const get = async (client: S3Client, Key: string, more: object = {}) => {
  const answer = await client.send(new GetObjectCommand({ Bucket, Key, ...more }))
  return { ...answer, bytes: Buffer.from(await answer.Body!.transformToByteArray()) }
}
const head = (client: S3Client, Key: string, more: object = {}) =>
  client.send(new HeadObjectCommand({ Bucket, Key, ...more }))
const list = (client: S3Client, more: object = {}) =>
  client.send(new ListObjectsV2Command({ Bucket, Prefix: 'own/', ...more }))
const put = (client: S3Client, Key: string, Body: string | Buffer, more: object = {}) =>
  client.send(new PutObjectCommand({ Bucket, Key, Body, ...more }))
const md5 = (bytes: Buffer) => `"${createHash('md5').update(bytes).digest('hex')}"`

export const S3_HONEST: readonly S3Honest[] = [
  { name: 'list the buckets', tried: (c) => c.send(new ListBucketsCommand({})) },
  { name: 'is the bucket there', tried: (c) => c.send(new HeadBucketCommand({ Bucket })) },
  { name: 'where is it', tried: (c) => c.send(new GetBucketLocationCommand({ Bucket })) },
  { name: 'list a prefix', tried: async (c) => (await list(c)).KeyCount === Object.keys(S3_OBJECTS).length },
  {
    name: 'list as folders',
    tried: async (c) => (await list(c, { Delimiter: '/' })).CommonPrefixes?.[0]?.Prefix === 'own/deep/',
  },
  {
    name: 'list page by page',
    async tried(c) {
      const keys: (string | undefined)[] = []
      for (let ContinuationToken: string | undefined, more = true; more; ) {
        const page = await list(c, { MaxKeys: 2, ...(ContinuationToken ? { ContinuationToken } : {}) })
        keys.push(...(page.Contents ?? []).map(({ Key }) => Key))
        ContinuationToken = page.NextContinuationToken
        more = ContinuationToken !== undefined
      }
      return keys.length === Object.keys(S3_OBJECTS).length && new Set(keys).size === keys.length
    },
  },
  {
    name: 'list after a key',
    tried: async (c) => (await list(c, { StartAfter: 'own/run-1.jsonl' })).KeyCount! > 0,
  },
  {
    name: 'list the older way',
    tried: (c) => c.send(new ListObjectsCommand({ Bucket, Prefix: 'own/', MaxKeys: 3 })),
  },
  { name: 'list with names encoded', tried: (c) => list(c, { EncodingType: 'url' }) },
  { name: 'list nothing', tried: async (c) => (await list(c, { Prefix: 'nobody/' })).KeyCount === 0 },
  ...Object.entries(S3_OBJECTS).map(([key, body]) => ({
    name: `get ${key}`,
    async tried(c: S3Client) {
      const { bytes, ETag, ContentLength } = await get(c, key)
      const same = key.endsWith('.gz') || bytes.equals(Buffer.from(body))
      return same && ETag === md5(bytes) && ContentLength === bytes.length
    },
  })),
  {
    name: 'head says what get sends',
    async tried(c) {
      const [told, sent] = [await head(c, 'own/run-2.jsonl'), await get(c, 'own/run-2.jsonl')]
      return told.ETag === sent.ETag && told.ContentLength === sent.bytes.length
    },
  },
  {
    name: 'a range',
    async tried(c) {
      const whole = await get(c, 'own/run-2.jsonl')
      const { bytes } = await get(c, 'own/run-2.jsonl', { Range: 'bytes=10-59' })
      return bytes.equals(whole.bytes.subarray(10, 60))
    },
  },
  {
    name: 'the end of a log',
    tried: async (c) => (await get(c, 'own/run-2.jsonl', { Range: 'bytes=-64' })).bytes.length === 64,
  },
  { name: 'by part', tried: (c) => get(c, 'own/run-2.jsonl', { PartNumber: 1 }) },
  {
    name: 'a download in parallel pieces',
    async tried(c) {
      const { ContentLength = 0, ETag } = await head(c, 'own/run-2.jsonl')
      const half = Math.floor(ContentLength / 2)
      const pieces = await Promise.all(
        [`bytes=0-${half - 1}`, `bytes=${half}-${ContentLength - 1}`].map((Range) =>
          get(c, 'own/run-2.jsonl', { Range, IfMatch: ETag }),
        ),
      )
      return md5(Buffer.concat(pieces.map(({ bytes }) => bytes))) === ETag
    },
  },
  {
    name: 'only if it changed',
    async tried(c) {
      const { ETag } = await head(c, 'own/one.json')
      const again = await get(c, 'own/one.json', { IfNoneMatch: ETag }).catch((error: Error) => error)
      return again instanceof S3ServiceException && again.$metadata.httpStatusCode === 304
    },
  },
  { name: 'with its checksum', tried: (c) => get(c, 'own/one.json', { ChecksumMode: 'ENABLED' }) },
  {
    name: 'sync of one’s own prefix',
    async tried(c) {
      const { Contents = [] } = await list(c)
      const wrong: string[] = []
      for (const { Key = '', Size, ETag } of Contents) {
        const { bytes } = await get(c, Key)
        if (bytes.length !== Size || md5(bytes) !== ETag) wrong.push(Key)
      }
      const { Contents: after = [] } = await list(c)
      return wrong.length === 0 && JSON.stringify(after) === JSON.stringify(Contents)
    },
  },
  {
    name: 'a writer uploads and reads it back',
    async tried(c) {
      await put(c, 'writer/new.jsonl', lines(5))
      return (await get(c, 'writer/new.jsonl')).bytes.toString() === lines(5)
    },
  },
  { name: 'a writer uploads gzip', tried: (c) => put(c, 'writer/new.jsonl.gz', gzipSync(lines(5))) },
  {
    name: 'a writer uploads with a checksum',
    tried: (c) => put(c, 'writer/sum.jsonl', lines(2), { ChecksumAlgorithm: 'SHA256' }),
  },
  { name: 'a writer overwrites', tried: (c) => put(c, 'writer/new.jsonl', lines(6)) },
  {
    name: 'a writer uploads in parts',
    async tried(c) {
      const Key = 'writer/parts.jsonl'
      const { UploadId } = await c.send(new CreateMultipartUploadCommand({ Bucket, Key }))
      const part = (PartNumber: number, Body: string) =>
        c.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }))
      const first = await part(1, lines(80_000))
      const second = await part(2, lines(3))
      await c.send(new ListPartsCommand({ Bucket, Key, UploadId }))
      const Parts = [first, second].map(({ ETag }, i) => ({ ETag, PartNumber: i + 1 }))
      await c.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }))
    },
  },
  {
    name: 'a writer gives an upload up',
    async tried(c) {
      const Key = 'writer/never.jsonl'
      const { UploadId } = await c.send(new CreateMultipartUploadCommand({ Bucket, Key }))
      await c.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }))
    },
  },
  {
    name: 'a deleter tidies up',
    tried: (c) => c.send(new DeleteObjectCommand({ Bucket, Key: 'writer/new.jsonl.gz' })),
  },
  {
    name: 'a deleter tidies up several',
    tried: (c) =>
      c.send(
        new DeleteObjectsCommand({
          Bucket,
          Delete: { Objects: [{ Key: 'writer/new.jsonl' }, { Key: 'writer/parts.jsonl' }] },
        }),
      ),
  },
]
