import { withDecoyEntries } from '../decoys/backend.ts'
import type { Door } from '../door-context.ts'
import { fail } from '../errors.ts'
import type { S3Request } from '../s3-request.ts'
import { elementsOf, textOf } from '../xml/parse.ts'
import { type Entry, LAST, type Wanted } from './entry.ts'

/** A listing that only ever finds what it must not show gives up after so many pages of the backend. */
const MAX_PAGES = 100

/**
 * The first `max` entries after a key that may be seen, and whether there are more of them. Pages of the backend are
 * read until there are enough, so that neither the length of a page nor its end tells of a key that was left out.
 * @throws TW_S3_NO_BUCKET
 */
export async function visible(
  door: Door,
  x: S3Request,
  wanted: Wanted,
): Promise<{ entries: Entry[]; more: boolean }> {
  const found: Entry[] = []
  let after = wanted.after
  const decoys = door.decoys(x.snapshot.config).served(door.connection.name)
  for (let page = 0; page < MAX_PAGES; page++) {
    if (wanted.max === 0) return { entries: [], more: false }
    const answer = await backendPage(door, wanted, after)
    const last = answer.entries.at(-1)
    const until = answer.truncated ? last?.position : undefined
    const entries = decoys.length
      ? withDecoyEntries(answer.entries, decoys, wanted, { after, until })
      : answer.entries
    for (const entry of entries) {
      if (entry.position <= after && after !== '') continue
      if (x.snapshot.scrub(entry.key) === entry.key) found.push(entry)
      if (found.length > wanted.max) return { entries: found.slice(0, wanted.max), more: true }
    }
    if (!answer.truncated || !last) return { entries: found, more: false }
    after = last.position
  }
  throw fail('TW_S3_WITHHELD', { reason: 'too many keys of this listing would have to be left out' })
}

async function backendPage(door: Door, { bucket, prefix, delimiter }: Wanted, after: string) {
  const query: [string, string][] = [
    ['list-type', '2'],
    ['encoding-type', 'url'],
    ['max-keys', '1000'],
  ]
  if (prefix !== '') query.push(['prefix', prefix])
  if (delimiter !== '') query.push(['delimiter', delimiter])
  if (after !== '') query.push(['start-after', after])
  const document = await door.backend.xml({ method: 'GET', bucket, query })
  if (!document) throw fail('TW_S3_NO_BUCKET')
  const result = elementsOf(document, 'ListBucketResult')[0]
  if (!result) throw fail('TW_S3_BACKEND_BROKEN')
  const decoded = textOf(result.EncodingType) === 'url'
  const key = (value: unknown) => {
    const text = textOf(value)
    return decoded ? decodeURIComponent(text.replaceAll('+', '%20')) : text
  }
  const objects = elementsOf(result, 'Contents').map((entry): Entry => {
    const name = key(entry.Key)
    const size = Number(textOf(entry.Size))
    const modified = Date.parse(textOf(entry.LastModified))
    if (name === '' || !Number.isSafeInteger(size) || !Number.isFinite(modified))
      throw fail('TW_S3_BACKEND_BROKEN')
    return { kind: 'object', key: name, position: name, modified, etag: textOf(entry.ETag), size }
  })
  const prefixes = elementsOf(result, 'CommonPrefixes').map((entry): Entry => {
    const name = key(entry.Prefix)
    return { kind: 'prefix', key: name, position: name + LAST, modified: 0, etag: '', size: 0 }
  })
  const byKey = (a: Entry, b: Entry) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key))
  return {
    entries: [...objects, ...prefixes].sort(byKey),
    truncated: textOf(result.IsTruncated) === 'true',
  }
}
