import { gzipSync } from 'node:zlib'
import {
  CopyObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutBucketAclCommand,
  type S3Client,
  SelectObjectContentCommand,
} from '@aws-sdk/client-s3'
import { SECRET } from '../../gateway/doors/s3/house.ts'

/** Ways round the S3 door, as data: what lies in the bucket, what is tried, and whether it must be refused. */
export interface S3Attack {
  rows: readonly number[]
  name: string
  key?: string
  body?: string | Buffer
  more?: object
  /** By default the object is read. */
  ask?: (client: S3Client, key: string) => Promise<unknown>
  refused?: true
}

export const Bucket = 'traces'
const line = `{"trace_id":"t","text":"the key is ${SECRET}"}\n`
export const readObject = async (client: S3Client, Key: string, more: object = {}) => {
  const answer = await client.send(new GetObjectCommand({ Bucket, Key, ...more }))
  return [{ ...answer, Body: undefined }, Buffer.from(await answer.Body!.transformToByteArray())]
}
const base64 = (text: string) => Buffer.from(text).toString('base64')

export const S3_ATTACKS: readonly S3Attack[] = [
  { rows: [20], name: 'JSON called an image', body: line, more: { ContentType: 'image/png' } },
  { rows: [20], name: 'JSON called CSV', key: 'x.csv', body: line },
  { rows: [20], name: 'CSV called JSON', key: 'x.json', body: `a,b\n1,${SECRET}\n`, refused: true },
  { rows: [20], name: 'gzip under another name', key: 'x.txt', body: gzipSync(line) },
  { rows: [20], name: 'gzip in gzip', body: gzipSync(gzipSync(line)), refused: true },
  { rows: [20], name: 'gzip cut short', body: gzipSync(line).subarray(0, -9), refused: true },
  {
    rows: [20],
    name: 'gzip of nothing but zeros',
    body: gzipSync(Buffer.alloc(80 * 1024 ** 2)),
    refused: true,
  },
  { rows: [20], name: 'UTF-16', body: Buffer.from(line, 'utf16le'), refused: true },
  { rows: [20], name: 'a zip', body: Buffer.from(`PK\x03\x04${SECRET}`), refused: true },
  { rows: [20, 17], name: 'base64 in a cell', key: 'y.csv', body: `a,b\n1,${base64(`aws ${SECRET}`)}\n` },
  { rows: [18], name: 'a key twice', body: `{"a":"x","a":"${SECRET}"}`, refused: true },
  {
    rows: [21],
    name: 'byte by byte',
    body: line,
    ask: (c, key) =>
      Promise.all([40, 44, 48].map((n) => readObject(c, key, { Range: `bytes=${n}-${n + 3}` }))),
  },
  {
    rows: [21],
    name: 'a range from the end',
    body: line,
    ask: (c, key) => readObject(c, key, { Range: 'bytes=-30' }),
  },
  { rows: [21], name: 'a part', body: line, ask: (c, key) => readObject(c, key, { PartNumber: 1 }) },
  {
    rows: [21],
    name: 'the backend’s ETag as condition',
    body: line,
    ask: (c, key) => readObject(c, key, { IfMatch: '"0"' }),
    refused: true,
  },
  {
    rows: [21, 25],
    name: 'S3 Select',
    body: line,
    refused: true,
    ask: (c, Key) =>
      c.send(
        new SelectObjectContentCommand({
          Bucket,
          Key,
          Expression: 'select * from s3object',
          ExpressionType: 'SQL',
          InputSerialization: { JSON: { Type: 'LINES' } },
          OutputSerialization: { JSON: {} },
        }),
      ),
  },
  {
    rows: [25, 45],
    name: 'a copy under another name',
    body: line,
    refused: true,
    ask: (c, key) =>
      c.send(new CopyObjectCommand({ Bucket, Key: 'copy.bin', CopySource: `${Bucket}/${key}` })),
  },
  {
    rows: [25],
    name: 'a public ACL',
    body: line,
    refused: true,
    ask: (c) => c.send(new PutBucketAclCommand({ Bucket, ACL: 'public-read' })),
  },
  {
    rows: [26],
    name: 'another type for the answer',
    body: line,
    refused: true,
    ask: (c, key) => readObject(c, key, { ResponseContentType: 'text/html' }),
  },
  { rows: [26], name: '`..` encoded twice', refused: true, ask: (c) => readObject(c, 'a/%2e%2e/private/x') },
  {
    rows: [26],
    name: 'a bucket that is not offered',
    refused: true,
    ask: (c) => c.send(new ListObjectsV2Command({ Bucket: 'private' })),
  },
  {
    rows: [26],
    name: 'an older version',
    body: line,
    refused: true,
    ask: (c, key) => readObject(c, key, { VersionId: 'null' }),
  },
  {
    rows: [35, 45],
    name: 'a key that holds a secret, listed',
    key: `k/${SECRET}.json`,
    body: '{}',
    ask: (c) => c.send(new ListObjectsV2Command({ Bucket, Prefix: 'k/' })),
  },
  {
    rows: [23, 45],
    name: 'a delimiter that spells out keys',
    refused: true,
    ask: (c) => c.send(new ListObjectsV2Command({ Bucket, Delimiter: 'T' })),
  },
  {
    rows: [24],
    name: 'user metadata',
    body: '{}',
    more: { Metadata: { note: SECRET, mtime: SECRET } },
    ask: (c, Key) => c.send(new HeadObjectCommand({ Bucket, Key })),
  },
  { rows: [24], name: 'a content-type with a secret', body: '{}', more: { ContentType: `text/${SECRET}` } },
  {
    rows: [26],
    name: 'deleting by XML beyond the key',
    refused: true,
    ask: (c) => c.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: '../private/x' }] } })),
  },
]
