import { gzipSync } from 'node:zlib'
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutBucketAclCommand,
  PutObjectCommand,
  type S3Client,
  SelectObjectContentCommand,
} from '@aws-sdk/client-s3'
import t from 'tap'
import { direct, realS3, SECRET, s3House } from '../gateway/doors/s3/house.ts'
import { HOW } from '../support/s3.ts'

/** Ways round the S3 door, as data: what lies in the bucket, what is tried, and whether it must be refused. */
interface Attack {
  rows: readonly number[]
  name: string
  key?: string
  body?: string | Buffer
  more?: object
  /** By default the object is read. */
  ask?: (client: S3Client, key: string) => Promise<unknown>
  refused?: true
}

const Bucket = 'traces'
const line = `{"trace_id":"t","text":"the key is ${SECRET}"}\n`
const read = async (client: S3Client, Key: string, more: object = {}) => {
  const answer = await client.send(new GetObjectCommand({ Bucket, Key, ...more }))
  return [{ ...answer, Body: undefined }, Buffer.from(await answer.Body!.transformToByteArray())]
}
const base64 = (text: string) => Buffer.from(text).toString('base64')

const ATTACKS: readonly Attack[] = [
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
    ask: (c, key) => Promise.all([40, 44, 48].map((n) => read(c, key, { Range: `bytes=${n}-${n + 3}` }))),
  },
  {
    rows: [21],
    name: 'a range from the end',
    body: line,
    ask: (c, key) => read(c, key, { Range: 'bytes=-30' }),
  },
  { rows: [21], name: 'a part', body: line, ask: (c, key) => read(c, key, { PartNumber: 1 }) },
  {
    rows: [21],
    name: 'the backend’s ETag as condition',
    body: line,
    ask: (c, key) => read(c, key, { IfMatch: '"0"' }),
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
    ask: (c, key) => read(c, key, { ResponseContentType: 'text/html' }),
  },
  { rows: [26], name: '`..` encoded twice', refused: true, ask: (c) => read(c, 'a/%2e%2e/private/x') },
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
    ask: (c, key) => read(c, key, { VersionId: 'null' }),
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

const server = await realS3(t)
if (!server) {
  const missing = `NOT RUN attacks on the S3 door: ${HOW}`
  if (process.env.CI === 'true') t.fail(missing)
  else t.comment(missing)
} else {
  const store = direct(t, server)
  await store.send(new CreateBucketCommand({ Bucket }))
  await store.send(new CreateBucketCommand({ Bucket: 'private' }))
  t.test('nothing planted in a bucket comes out, whatever is tried', async (t) => {
    const { client } = await s3House(t, server)
    const forms = [
      SECRET,
      [...SECRET].reverse().join(''),
      base64(SECRET).slice(0, 20),
      Buffer.from(SECRET).toString('hex'),
    ]
    let leaks = 0
    for (const [
      i,
      { rows, name, key = `attack-${i}`, body, more, ask = read, refused },
    ] of ATTACKS.entries()) {
      if (body !== undefined)
        await store.send(new PutObjectCommand({ Bucket, Key: key, Body: body, ...more }))
      const answer: unknown = await ask(client, key).catch((error: unknown) => error)
      const flat = [answer]
        .flat(3)
        .map((one) =>
          one instanceof Error
            ? `${one.name} ${one.message}`
            : Buffer.isBuffer(one)
              ? one.toString('latin1')
              : JSON.stringify(one),
        )
      const said = flat.join('\n')
      const leaked = forms.some((form) => said.includes(form) || said.includes(form.slice(0, 12)))
      const passed = refused === true && !(answer instanceof Error)
      if (leaked || passed) leaks++
      t.notOk(leaked, `rows ${rows.join(', ')}: ${name}`)
      if (refused) t.ok(answer instanceof Error, `${name}: refused`)
    }
    t.comment(`attacks ${ATTACKS.length}, leaks ${leaks}, false refusals 0 of 0 honest queries`)
  })
}
