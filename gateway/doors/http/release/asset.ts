import { isUtf8 } from 'node:buffer'
import type { Door } from '../door-context.ts'
import { fail } from '../errors.ts'
import type { Exchange } from '../exchange.ts'
import { checkAsset, contentTypeOf } from './content-type.ts'
import { collect, type Source } from './decode.ts'
import { drained } from './drained.ts'
import { finished } from './finished.ts'
import { releaseHeaders } from './headers.ts'

/** The longest page, bytes. */
const MAX_PAGE = 1024 * 1024

/** Scripts, styles, images, pages: passed as they are, after a look at whether that is what they are. */
export async function releaseAsset(door: Door, x: Exchange, source: Source): Promise<void> {
  const { res } = x
  const head = x.head!
  const page = contentTypeOf(head).type === 'text/html'
  let chunk = page ? await scrubbedPage(x, source) : await source.read()
  checkAsset(head, chunk)
  const headers = releaseHeaders(door, x, head)
  const caching = head.headers['cache-control']
  if (caching !== undefined) headers['cache-control'] = caching
  x.releasing = true
  res.writeHead(head.status, headers)
  let bytes = 0
  for (; chunk && !x.gone; chunk = page ? undefined : await source.read()) {
    bytes += chunk.length
    if (!res.write(chunk)) await drained(res)
  }
  if (x.gone) return source.cancel()
  res.end()
  finished(door, x, undefined, bytes)
}

/** A server writes its pages anew each time, so they are looked at; scripts and styles are files. */
async function scrubbedPage(x: Exchange, source: Source): Promise<Uint8Array | undefined> {
  const { body, ended } = await collect(source, MAX_PAGE)
  if (body.length === 0) return undefined
  if (!ended) source.cancel()
  if (!ended || !isUtf8(body) || body.includes(0))
    throw fail('TW_HTTP_WITHHELD', { reason: 'the page is too long, or not UTF-8' })
  return Buffer.from(x.snapshot.scrub(Buffer.from(body).toString('utf8')))
}
