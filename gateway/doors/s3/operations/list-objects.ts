import { iso } from '../../../../core/clock.ts'
import { CodedError } from '../../../../core/errors.ts'
import type { Door } from '../door-context.ts'
import { fail } from '../errors.ts'
import { copyId, copyOf, headOf, type View, viewOf } from '../object.ts'
import { releaseWhole } from '../release.ts'
import { checkedKey, MAX_KEY } from '../request/target.ts'
import type { S3Request } from '../s3-request.ts'
import { uriEncode } from '../sigv4/encode.ts'
import { refuse } from '../techniques.ts'
import { printXml, type XmlElement } from '../xml/print.ts'
import { type Entry, LAST } from './entry.ts'
import { visible } from './visible.ts'

const MIB = 1024 * 1024
const PAGE = 1000
/** How many objects one listing masks at a time. */
const AT_ONCE = 4

interface Page {
  prefix: string
  delimiter: string
  max: number
  /** Keys after this one, as the client said it. */
  after: string
  url: boolean
}

/**
 * ListObjects and ListObjectsV2. Size and ETag are those of the masked object where a copy is at hand or can be made
 * within the budget; otherwise the size is rounded up to the next MiB and the ETag stands for the version, because
 * the backend's own would tell of what is hidden. Keys that hold a secret are left out.
 */
export async function listObjects(door: Door, x: S3Request): Promise<void> {
  const v2 = x.operation!.name === 'ListObjectsV2'
  const page = pageOf(door, x, v2)
  const { entries, more } = await visible(door, x, { ...page, bucket: x.address.bucket })
  const sized = await sizes(door, x, entries)
  const last = entries.at(-1)
  const name = (text: string) => (page.url ? uriEncode(text).replaceAll('%2F', '/') : text)
  const owner = x.args.get('fetch-owner') === 'true' || !v2
  const contents = entries.flatMap((entry, i) => {
    const size = sized[i]
    if (entry.kind === 'prefix' || !size) return []
    return [
      {
        Key: name(entry.key),
        LastModified: iso(entry.modified),
        ETag: `"${size.etag}"`,
        Size: size.size,
        ...(owner ? { Owner: { ID: 'tracewarden', DisplayName: 'tracewarden' } } : {}),
        StorageClass: 'STANDARD',
      },
    ]
  })
  const prefixes = entries.filter((entry) => entry.kind === 'prefix')
  const next = more && last ? last.position : undefined
  const common: XmlElement = {
    Name: x.address.bucket,
    Prefix: name(page.prefix),
    ...(page.delimiter === '' ? {} : { Delimiter: name(page.delimiter) }),
    MaxKeys: page.max,
    ...(page.url ? { EncodingType: 'url' } : {}),
    IsTruncated: next !== undefined,
  }
  const paging: XmlElement = v2
    ? {
        KeyCount: contents.length + prefixes.length,
        ContinuationToken: x.args.get('continuation-token'),
        NextContinuationToken: next === undefined ? undefined : door.seals.seal(next),
        StartAfter: x.args.has('start-after') ? name(x.args.get('start-after')!) : undefined,
      }
    : {
        Marker: name(x.args.get('marker') ?? ''),
        // Only then may the client go on from a common prefix.
        NextMarker: next === undefined || page.delimiter === '' ? undefined : name(last!.key),
      }
  const body = printXml('ListBucketResult', {
    ...common,
    ...paging,
    Contents: contents,
    CommonPrefixes: prefixes.map((entry) => ({ Prefix: name(entry.key) })),
  })
  await releaseWhole(door, x, { status: 200, body: Buffer.from(body) })
}

/** @throws TW_S3_ARGUMENT; TW_S3_ARGUMENT as a listing oracle for delimiters that would cut keys anywhere */
function pageOf(door: Door, x: S3Request, v2: boolean): Page {
  const { args } = x
  const bad = (name: string, problem: string) => fail('TW_S3_ARGUMENT', { name, problem })
  if (v2 && args.get('list-type') !== '2') throw bad('list-type', 'only 2 is known')
  const delimiter = args.get('delimiter') ?? ''
  if (delimiter !== '' && delimiter !== '/')
    throw refuse('TW_S3_ARGUMENT', 'listing-oracle', { name: 'delimiter', problem: 'only `/` is offered' })
  const encoding = args.get('encoding-type')
  if (encoding !== undefined && encoding !== 'url') throw bad('encoding-type', 'only url is known')
  const max = args.get('max-keys') ?? String(PAGE)
  if (!/^\d{1,9}$/.test(max)) throw bad('max-keys', 'no number')
  const token = v2 ? args.get('continuation-token') : undefined
  const said = args.get(v2 ? 'start-after' : 'marker') ?? ''
  // The marker of a page that ended with a common prefix: what lies under it was told of.
  const behind = !v2 && delimiter !== '' && said.endsWith(delimiter) ? said + LAST : said
  const after = token === undefined ? behind : door.seals.open('continuation-token', token)
  const prefix = args.get('prefix') ?? ''
  for (const text of [prefix, after])
    if (Buffer.byteLength(text) > MAX_KEY + 8) throw bad('prefix', 'longer than a key can be')
  checkedKey(prefix.replace(/\/+$/, '/'))
  return { prefix, delimiter, max: Math.min(PAGE, Number(max)), after, url: encoding === 'url' }
}

/** Size and ETag of each object as it would be sent. An object that cannot be shown has no size to tell. */
async function sizes(door: Door, x: S3Request, entries: readonly Entry[]) {
  const found: ({ size: number; etag: string } | undefined)[] = entries.map(() => undefined)
  let budget = door.connection.list_budget
  const due: (() => Promise<void>)[] = []
  entries.forEach((entry, i) => {
    if (entry.kind === 'prefix') return
    const { bucket } = x.address
    const view = viewOf(door, x, x.decision!, bucket, entry.key)
    const id = copyId({ bucket, key: entry.key, etag: entry.etag, size: entry.size }, view)
    const known = door.copies.known(id)
    if (known) found[i] = { size: known.file.size, etag: known.md5 }
    else if (entry.size <= door.connection.list_exact && entry.size <= budget) {
      budget -= entry.size
      due.push(async () => {
        found[i] = await exact(door, x, entry, view)
      })
    } else found[i] = standIn(door, id, entry.size)
  })
  const workers = Array.from({ length: Math.min(AT_ONCE, due.length) }, async () => {
    for (let next = due.shift(); next && !x.gone; next = due.shift()) await next()
  })
  await Promise.all(workers)
  return found
}

async function exact(door: Door, x: S3Request, entry: Entry, view: View) {
  const { bucket } = x.address
  const id = copyId({ bucket, key: entry.key, etag: entry.etag, size: entry.size }, view)
  try {
    const copy = await copyOf(door, await headOf(door, bucket, entry.key), view)
    return { size: copy.file.size, etag: copy.md5 }
  } catch (error) {
    // One object that cannot be masked does not take the listing away.
    if (error instanceof CodedError && error.status < 500) return standIn(door, id, entry.size)
    if (error instanceof CodedError && error.code.startsWith('TW_MASK_')) return standIn(door, id, entry.size)
    throw error
  }
}

const standIn = (door: Door, id: string, size: number) => ({
  size: Math.ceil(size / MIB) * MIB,
  etag: door.seals.opaque(id),
})
